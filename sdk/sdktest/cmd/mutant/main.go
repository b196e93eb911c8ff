// Command mutant is a connector with one fault, for tests of the conformance suite: each case must catch the
// mutant with its name. The name of the program's file chooses the fault: "mutant-H3". A file with another name
// is the correct connector, which must pass every case.
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
