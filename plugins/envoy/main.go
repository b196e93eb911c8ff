// Command envoy is the connector for Envoy, the workplace and visitor platform.
// It reads the employee directory as accounts for user access reviews.
package main

import "github.com/plumbline-dev/plumbline/sdk"

func main() { sdk.Serve(New()) }
