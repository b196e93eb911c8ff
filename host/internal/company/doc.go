// Package company reads which proxy a company wants used for what leaves this
// machine, from the variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in capitals or
// not. A variable that is not the address of a proxy never means a direct connection:
// what would have gone through the proxy is refused.
package company
