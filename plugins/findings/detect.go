package main

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/findings/internal/input"
)

// errUnknownFormat is the error of a file that is no report.
var errUnknownFormat = errors.New("it is not a report in a known format")

// detect finds the format of a report by its content. It reads as much as it needs.
func detect(in *input.Text) (format, error) {
	first, err := in.First()
	if err != nil {
		return nil, err
	}
	switch first {
	case '{', '[':
		return detectJSON(in)
	case '<':
		return detectXML(in)
	}
	return detectText(in)
}

// detectJSON looks for the members that only one format has, in the first object.
func detectJSON(in *input.Text) (found format, err error) {
	j := input.NewJSON(in)
	first, err := in.Reader.Peek(1)
	if err != nil {
		return nil, err
	}
	isList := first[0] == '['
	if isList {
		if err := j.Open('['); err != nil {
			return nil, err
		}
		if !j.More() {
			return nil, fmt.Errorf("%w: it is an empty list", errUnknownFormat)
		}
	}
	err = j.Object(func(name string) error {
		switch {
		case name == "runs" && !isList:
			found = &sarif{}
		case name == "bomFormat" && !isList:
			found = &cycloneDX{}
		case name == "class_uid":
			found = &ocsf{list: isList}
		default:
			return j.Skip()
		}
		return errFound
	})
	switch {
	case errors.Is(err, errFound):
		return found, nil
	case err != nil:
		return nil, err
	}
	return nil, errUnknownFormat
}

// errFound ends a search.
var errFound = errors.New("found")

// detectXML looks at the first element.
func detectXML(in *input.Text) (format, error) {
	dec := input.XML(in)
	for {
		in.Next()
		token, err := dec.RawToken()
		if err != nil {
			return nil, input.XMLError(err)
		}
		switch t := token.(type) {
		case xml.Directive:
			return nil, errDocumentType
		case xml.StartElement:
			switch t.Name.Local {
			case "asset-report-collection", "Benchmark", "TestResult":
				return &xccdf{}, nil
			case "bom":
				return nil, fmt.Errorf("%w: it is CycloneDX as XML, which has to be JSON", errUnknownFormat)
			}
			return nil, errUnknownFormat
		}
	}
}

// errDocumentType refuses documents that define entities, which can grow without a limit.
var errDocumentType = errors.New("it has a document type, which no report needs")

// detectText looks at the first lines.
func detectText(in *input.Text) (format, error) {
	head, err := in.Reader.Peek(in.Reader.Size())
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	lines := strings.Split(string(bytes.ToValidUTF8(head, nil)), "\n")
	if len(lines) < 2 {
		return nil, errUnknownFormat
	}
	switch line := strings.TrimRight(lines[0], "\r"); {
	case strings.HasPrefix(line, "VERSION 1") && len(lines[1]) > 0 && strings.Trim(lines[1], "0123456789\r") == "":
		return &debsecan{form: debsecanHistory}, nil
	case strings.HasPrefix(line, "Security report based on "):
		return &debsecan{form: debsecanReport}, nil
	case bugHead.MatchString(line) && strings.HasPrefix(lines[1], "  "):
		return &debsecan{form: debsecanDetail}, nil
	case bugLine.MatchString(line):
		return &debsecan{form: debsecanSummary}, nil
	}
	return nil, errUnknownFormat
}
