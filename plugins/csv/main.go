// Command csv is the connector for lists in local CSV files. It reads records of
// any kind; the settings say which, and which column is which field.
package main

import "github.com/plumbline-dev/plumbline/sdk"

func main() { sdk.Serve(New()) }
