// Package expr compiles and evaluates expressions in CEL, the Common Expression
// Language. It is the only code that knows CEL.
//
// A Language has named variables. Compile checks an expression against them and
// returns a Program, which several goroutines may use. Eval returns the result as
// encoding/json would decode it; times are RFC 3339 text. A key that an object does
// not have yields nil, so a fact that was left out stays unknown. One evaluation is
// bounded by a cost and ends with its context.
//
// Besides CEL's own functions there are those of its extensions for strings, lists,
// mathematics and optional values, and time(value), which reads what vendors write
// for a moment.
//
// A program links CEL (about 5 MB) only if it imports this package, so nothing else
// in the SDK does.
package expr
