package main

import (
	"io"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/read"
	"github.com/plumbline-dev/plumbline/sdk"
)

// parse returns the connector that a file describes.
func parse(from io.Reader) (*sdk.Connector, error) {
	f, err := file.Decode(from)
	if err != nil {
		return nil, err
	}
	p, err := plan.New(f)
	if err != nil {
		return nil, err
	}
	return read.Connector(p)
}
