// Package expr compiles and evaluates expressions in CEL, the Common Expression Language.
//
// A Language has named variables. Compile checks an expression against them and returns a Program,
// which is safe for concurrent use. Eval returns the result in the types of encoding/json; times are
// RFC 3339 text. A key that an object does not have yields nil, so a missing fact stays unknown. A
// cost limits an evaluation, and its context can end it.
//
// Expressions can use CEL's own functions, its extensions for strings, lists, mathematics and
// optional values, time(value), which reads the usual forms of times, and the small functions
// in functions.go.
//
// No other package of the SDK imports this one, because a program that does links CEL (about 5 MB).
package expr
