// Package company reads which proxy a company uses for outgoing connections: HTTPS_PROXY,
// HTTP_PROXY and NO_PROXY, in either case. A variable that is not the address of a proxy
// never means a direct connection: what it was for is refused.
package company
