// Package expression translates the templates of a manifest into expressions of the language.
//
//	Scene  the variables that a template sees at one place; it writes CEL
//	CEL    an expression, with its type and the rank of its weakest operator
//	Vault  a template with secrets in it, which no expression may see
//
// A template that has no translation is refused; see package finding. The package knows no component.
package expression
