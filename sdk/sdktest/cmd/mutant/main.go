// Command mutant is a connector with one fault, for tests of the conformance
// suite: each case has to catch the mutant that bears its name. The fault is
// chosen by the program's file name, "mutant-H3"; a file of any other name is
// the healthy connector, which every case has to pass.
package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func main() {
	sdktest.Linger()
	fault, _ := strings.CutPrefix(filepath.Base(os.Args[0]), "mutant-")
	if spoil := processFaults()[fault]; spoil != nil {
		spoil()
	}
	_, describe := describeFaults()[fault]
	_, check := checkFaults()[fault]
	_, serve := serveFaults()[fault]
	_, wire := wireFaults()[fault]
	if describe || check || serve || wire || fault == "W4" {
		serveMutant(fault)
	}
	sdk.Serve(model(fault))
}
