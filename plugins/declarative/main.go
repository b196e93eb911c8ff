package main

import (
	"fmt"
	"os"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/read"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/schema"
	"github.com/plumbline-dev/plumbline/sdk"
)

// languageWord is the name of the language in a release's requirements.
const languageWord = "connector-files"

// manifestVariable is the environment variable with the file's path.
const manifestVariable = "PLUMBLINE_MANIFEST"

// nowVariable is the environment variable with the current time of streams of changes, so that
// a test sends the same requests each time.
const nowVariable = "PLUMBLINE_SIMULATED_NOW"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "import" {
		os.Exit(importManifest(os.Args[2:], os.Stdout, os.Stderr))
	}
	if len(os.Args) == 2 {
		switch os.Args[1] {
		case "language":
			fmt.Println(languageWord, file.Version)
			return
		case "schema":
			fmt.Println(string(schema.Language()))
			return
		case "simulate":
			if err := serveSimulated(os.Getenv(manifestVariable), os.Stdout, os.Stdin); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(2)
			}
			return
		}
	}
	c, err := load(os.Getenv(manifestVariable))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	sdk.Serve(c)
}

// load reads the connector at path. An error has one line for each mistake.
func load(path string) (*sdk.Connector, error) {
	p, err := planOf(path)
	if err != nil {
		return nil, err
	}
	if now, err := time.Parse(time.RFC3339, os.Getenv(nowVariable)); err == nil {
		p.Now = func() time.Time { return now }
	}
	return read.Connector(p)
}

// planOf reads the description at path.
func planOf(path string) (*plan.Plan, error) {
	if path == "" {
		return nil, fmt.Errorf("this program runs connectors that a file describes: the host starts it with the path of the file in %s",
			manifestVariable)
	}
	from, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open description: %w", err)
	}
	defer from.Close()
	f, err := file.Decode(from)
	if err != nil {
		return nil, err
	}
	return plan.New(f)
}
