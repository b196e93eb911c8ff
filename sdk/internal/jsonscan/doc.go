// Package jsonscan walks JSON text that is in canonical form already, without
// allocating and without building anything. Package kind says what canonical is.
//
// Its functions return where a value ends. A document that is not canonical, or
// no JSON, is for slower code that can say why.
package jsonscan
