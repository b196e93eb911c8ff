// Command fake is the scripted connector as a program of its own, for tests that
// start a real connector file. Package sdktest documents the script.
package main

import "github.com/plumbline-dev/plumbline/sdk/sdktest"

func main() { sdktest.FakeMain() }
