/// The JSONPath subset of `additionalPrinterColumns`.
package struct ColumnPath: Sendable {}
