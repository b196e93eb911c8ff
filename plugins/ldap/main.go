// Command ldap is the connector for directories that speak LDAP version 3. It
// reads people and groups as accounts.
package main

import "github.com/plumbline-dev/plumbline/sdk"

func main() { sdk.Serve(New()) }
