/// The built-in kinds as text, one constant per group of kinds; ``KindTextReader`` reads them.
///
/// A line `group GROUP VERSION PACKAGE` says where the types that follow belong. `kind KIND PLURAL ATTRIBUTES` makes a
/// resource of the type of that name (`cluster` = not in namespaces, `short(a,b)`, `cat(a)`, `sub(a,b)`, `gen` =
/// counts generations, `review` = answered, not stored, `storage(v)`, `select(a.b)` = fields for selectors); `type KIND` gives a type apiVersion, kind and
/// metadata only. A line at the margin begins a type, an indented one is a field: its name, its type (`[T]` list, `{T}`
/// map), attributes, `|`, and what it is. Attributes: `!` required, `=VALUE` default, `in(A,B)` allowed values,
/// `min(N)`, `max(N)`, `fmt(F)`, `key(A,B)` list with these map keys (the first is the patch merge key), `merge(A)`
/// patch merge key alone, `set`, `atomic`, `retainKeys`.
enum KindText {
    static let all = [
        meta, core, pod, affinity, container, volume, apps, batch, networking, autoscaling, access, registration,
    ]
}
