package main

import (
	"fmt"
	"os"

	"github.com/plumbline-dev/plumbline/sdk"
)

// languageVersion is the version of the language of descriptions, the only one so far.
const languageVersion = 1

// languageWord is the name of the language in a release's requirements.
const languageWord = "connector-files"

// manifestVariable is the environment variable with the file's path.
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
		return nil, fmt.Errorf("this program runs connectors that a file describes: the host starts it with the path of the file in %s",
			manifestVariable)
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
