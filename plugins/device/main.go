// Command device is the connector for the machine it runs on. It reads how the
// machine is protected, its local accounts, its services and waiting updates.
package main

import "github.com/plumbline-dev/plumbline/sdk"

func main() { sdk.Serve(New()) }
