package main

import (
	"fmt"
	"os"

	"github.com/plumbline-dev/plumbline/sdk"
)

// languageVersion is of the language that descriptions are written in, and the only
// one there is.
const languageVersion = 1

// languageWord is the name under which a host asks for languageVersion.
const languageWord = "connector-files"

// manifestVariable names the environment variable with the file's path.
const manifestVariable = "PLUMBLINE_MANIFEST"

func main() {
	if len(os.Args) == 2 && os.Args[1] == "language" {
		fmt.Println(languageWord, languageVersion)
		return
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
	if path == "" {
		return nil, fmt.Errorf("this program runs connectors that are described by a file: the host starts it with the file's path in %s", manifestVariable)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open description: %w", err)
	}
	defer file.Close()
	m, err := decode(file)
	if err != nil {
		return nil, err
	}
	return m.connector()
}
