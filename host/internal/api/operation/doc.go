// Package operation has what every operation of the API is made of: how it is registered, the parameters that many of them take, and the
// forms of their answers and refusals. The operations themselves are in package api and in the packages beside this one, one for each
// part of the product.
package operation
