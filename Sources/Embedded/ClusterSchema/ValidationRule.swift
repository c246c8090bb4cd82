/// One compiled rule of `x-kubernetes-validations`.
package struct ValidationRule: Sendable {
    package var rule: String
    package var message: String
}
