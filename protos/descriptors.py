#!/usr/bin/env python3
"""Writes the pruned FileDescriptorSet that `make generate` feeds to protoc.

Input: the descriptors that PyPI's xds-protos carries, subset.txt, and a set of files that are in no package (argv[2]).
Output: the set (argv[1]), the names of the files with services (argv[3]), and those of all files (stdout). A message or field named in the
subset that upstream does not have is an error: the subset must not rot silently.
"""
import importlib
import pathlib
import pkgutil
import sys

from google.protobuf import descriptor_pb2, descriptor_pool

WELL_KNOWN = "google.protobuf."


def load_all():
    """Imports every *_pb2 module below the packages we may read from, so that the default pool holds them."""
    for package in ("envoy", "google.rpc"):
        root = importlib.import_module(package)
        for module in pkgutil.walk_packages(root.__path__, package + "."):
            if module.name.endswith("_pb2"):
                try:
                    importlib.import_module(module.name)
                except ImportError:
                    pass  # contrib files whose imports xds-protos leaves out; we name none of them


def read_subset(path):
    """Fields kept by message (None for all), the fields added to each, and the services."""
    messages, additions, services = {}, {}, []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        if line.startswith("service "):
            services.append(line.split()[1])
            continue
        name, _, fields = line.partition(":")
        if name in messages:
            sys.exit(f"{path}:{number}: {name} is listed twice")
        wanted = fields.split()
        added = [field.replace("=", ":").split(":") for field in wanted if "=" in field]
        if added:
            additions[name] = added
        messages[name] = [field.split("=")[0] for field in wanted] or None
    return messages, additions, services


def add_fields(proto, fields):
    """Adds message fields of newer versions to the descriptor of a message; one that is there by now is an error."""
    for name, number, type_name in fields:
        if any(field.name == name for field in proto.field):
            sys.exit(f"subset.txt: the descriptors have {name} by now; write it without its number")
        proto.field.add(name=name, number=int(number), type_name="." + type_name, json_name=json_name(name),
                        type=descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE,
                        label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL)


def json_name(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def main(output, own_set, service_list):
    load_all()
    here = pathlib.Path(__file__).parent
    keep, additions, services = read_subset(here / "subset.txt")
    pool = descriptor_pool.Default()
    enums, files = set(), {}

    def known(type_name):
        return type_name.startswith(WELL_KNOWN) or type_name in keep

    def prune_message(proto, full_name):
        """Returns whether anything of the message is kept. `full_name` has no leading dot."""
        wanted = keep.get(full_name, ())
        add_fields(proto, additions.get(full_name, ()))
        if full_name in keep:
            names = {field.name for field in proto.field}
            missing = set(wanted or ()) - names
            if missing:
                sys.exit(f"subset.txt: {full_name} has no field {', '.join(sorted(missing))}")
        map_entries = {n.name: n for n in proto.nested_type if n.options.map_entry}
        fields = []
        used_entries = set()
        for field in proto.field if full_name in keep else ():
            if wanted is not None and field.name not in wanted:
                continue
            target = field.type_name.lstrip(".")
            if field.type == field.TYPE_MESSAGE:
                entry = map_entries.get(target.rsplit(".", 1)[-1]) if target.startswith(full_name + ".") else None
                if entry is not None:
                    value = entry.field[1]
                    if value.type == value.TYPE_MESSAGE and not known(value.type_name.lstrip(".")):
                        continue
                    if value.type == value.TYPE_ENUM:
                        enums.add(value.type_name.lstrip("."))
                    used_entries.add(entry.name)
                elif not known(target):
                    if wanted is not None:
                        sys.exit(f"subset.txt: {full_name}.{field.name} needs {target}, which is not listed")
                    continue
            elif field.type == field.TYPE_ENUM:
                enums.add(target)
            fields.append(field)
        kept = []
        for field in fields:
            copy = descriptor_pb2.FieldDescriptorProto()
            copy.CopyFrom(field)
            packed = field.options.packed if field.options.HasField("packed") else None
            copy.ClearField("options")
            if packed is not None:
                copy.options.packed = packed
            kept.append(copy)
        oneofs = [index for index, _ in enumerate(proto.oneof_decl) if any(
            f.HasField("oneof_index") and f.oneof_index == index for f in kept)]
        for field in kept:
            if field.HasField("oneof_index"):
                field.oneof_index = oneofs.index(field.oneof_index)
        declarations = [descriptor_pb2.OneofDescriptorProto(name=proto.oneof_decl[i].name) for i in oneofs]
        nested = []
        for inner in proto.nested_type:
            if inner.options.map_entry:
                if inner.name in used_entries:
                    nested.append(inner)
            elif prune_message(inner, f"{full_name}.{inner.name}"):
                nested.append(inner)
        nested = [copy_of(n) for n in nested]
        proto_options = descriptor_pb2.MessageOptions(map_entry=True) if proto.options.map_entry else None
        del proto.field[:], proto.oneof_decl[:], proto.nested_type[:]
        del proto.reserved_range[:], proto.reserved_name[:], proto.extension[:], proto.extension_range[:]
        proto.field.extend(kept)
        proto.oneof_decl.extend(declarations)
        proto.nested_type.extend(nested)
        proto.ClearField("options")
        if proto_options:
            proto.options.CopyFrom(proto_options)
        # Enums nested in a message are judged when every field has been seen.
        return bool(nested) or full_name in keep or bool(proto.enum_type)

    def copy_of(message):
        copy = type(message)()
        copy.CopyFrom(message)
        return copy

    def prune_enums(holder, prefix):
        kept = [copy_of(e) for e in holder.enum_type if f"{prefix}.{e.name}" in enums]
        for enum in kept:
            enum.ClearField("options")
            for value in enum.value:
                value.ClearField("options")
            del enum.reserved_range[:], enum.reserved_name[:]
        del holder.enum_type[:]
        holder.enum_type.extend(kept)

    def sweep(message, prefix):
        """Drops messages that were only kept for enums nobody uses."""
        prune_enums(message, prefix)
        inner = [copy_of(n) for n in message.nested_type
                 if n.options.map_entry or sweep(n, f"{prefix}.{n.name}")]
        del message.nested_type[:]
        message.nested_type.extend(inner)
        return prefix in keep or bool(inner) or bool(message.enum_type)

    def add(file):
        if file.name in files or file.package.startswith("google.protobuf"):
            return
        proto = descriptor_pb2.FileDescriptorProto()
        file.CopyToProto(proto)
        files[file.name] = proto
        for dependency in file.dependencies:
            add(dependency)

    for name in keep:
        try:
            add(pool.FindMessageTypeByName(name).file)
        except KeyError:
            sys.exit(f"subset.txt: no message {name}")
    for name in services:
        add(pool.FindServiceByName(name).file)
    for proto in files.values():
        kept = [m for m in proto.message_type if prune_message(m, f"{proto.package}.{m.name}")]
        kept = [copy_of(m) for m in kept]
        del proto.message_type[:]
        proto.message_type.extend(kept)
        mine = [copy_of(s) for s in proto.service if f"{proto.package}.{s.name}" in services]
        for service in mine:
            service.ClearField("options")
            for method in service.method:
                method.ClearField("options")
        del proto.service[:], proto.extension[:]
        proto.service.extend(mine)
        proto.ClearField("options")
        proto.ClearField("source_code_info")
    for proto in files.values():
        prune_enums(proto, proto.package)
        kept = [copy_of(m) for m in proto.message_type if sweep(m, f"{proto.package}.{m.name}")]
        del proto.message_type[:]
        proto.message_type.extend(kept)

    where = {}

    def place(message, prefix, file):
        where[prefix] = file
        for inner in message.nested_type:
            place(inner, f"{prefix}.{inner.name}", file)
        for enum in message.enum_type:
            where[f"{prefix}.{enum.name}"] = file

    files = {n: p for n, p in files.items() if p.message_type or p.enum_type or p.service}
    for name, proto in files.items():
        for message in proto.message_type:
            place(message, f"{proto.package}.{message.name}", name)
        for enum in proto.enum_type:
            where[f"{proto.package}.{enum.name}"] = name

    def references(message):
        for field in message.field:
            if field.type_name:
                yield field.type_name.lstrip(".")
        for inner in message.nested_type:
            yield from references(inner)

    well_known = {}
    for name, proto in files.items():
        needed = set()
        types = [t for m in proto.message_type for t in references(m)]
        types += [t.lstrip(".") for s in proto.service for m in s.method for t in (m.input_type, m.output_type)]
        for target in types:
            if target.startswith(WELL_KNOWN):
                file = pool.FindMessageTypeByName(target).file
                well_known[file.name] = file
                needed.add(file.name)
            elif where[target] != name:
                needed.add(where[target])
        del proto.dependency[:], proto.public_dependency[:], proto.weak_dependency[:]
        proto.dependency.extend(sorted(needed))

    result = descriptor_pb2.FileDescriptorSet()
    for file in sorted(well_known.values(), key=lambda f: f.name):
        file.CopyToProto(result.file.add())
    done, pending = set(well_known), dict(sorted(files.items()))
    while pending:
        ready = [n for n, p in pending.items() if set(p.dependency) <= done]
        if not ready:
            sys.exit("the pruned files import each other in a circle")
        for name in ready:
            result.file.add().CopyFrom(pending.pop(name))
            done.add(name)
    own = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(own_set).read_bytes())
    for proto in own.file:
        if proto.name not in done:
            result.file.add().CopyFrom(proto)
            files[proto.name] = proto
    pathlib.Path(output).write_bytes(result.SerializeToString(deterministic=True))
    pathlib.Path(service_list).write_text("\n".join(sorted(n for n, p in files.items() if p.service)) + "\n")
    for name in sorted(files):
        print(name)


main(*sys.argv[1:])
