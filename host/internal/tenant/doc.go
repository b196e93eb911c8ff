// Package tenant finds the tenant whose rate budget a connection's runs use. A tenant is
// an account at a vendor: two connections with the same credential at the same host
// share one budget. An administrator's rates replace those that a connector declares.
package tenant
