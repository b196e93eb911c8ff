package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/sdk"
)

const (
	maxItem  = 8 << 20  // bytes of one finding
	maxTotal = 16 << 30 // bytes of one file, decompressed
	maxDepth = 200      // objects, lists and elements in one another
)

// The reasons why a file is not read to its end.
var (
	errItem  = fmt.Errorf("one part of it has more than %d MiB", maxItem>>20)
	errTotal = fmt.Errorf("it has more than %d GiB", maxTotal>>30)
	errDepth = fmt.Errorf("it nests more than %d parts in one another", maxDepth)
	errCut   = errors.New("it seems to be cut off")
)

// input is the text of a report. It bounds how much a decoder reads at once, and so its memory.
type input struct {
	name   string // of the file
	mtime  time.Time
	text   *bufio.Reader
	unread int // bytes until errItem
	total  int64
}

// newInput prepares a file: it decompresses gzip, skips the mark of UTF-8 and refuses other encodings.
func newInput(name string, mtime time.Time, file io.Reader) (*input, error) {
	in := &input{name: name, mtime: mtime, text: bufio.NewReaderSize(file, 64<<10)}
	if head, _ := in.text.Peek(2); bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(in.text)
		if err != nil {
			return nil, err
		}
		in.text = bufio.NewReaderSize(unpacked, 64<<10)
	}
	head, err := in.text.Peek(4)
	switch {
	case len(head) == 0 && errors.Is(err, io.EOF):
		return nil, errors.New("it is empty (0 bytes)")
	case len(head) == 0:
		return nil, err
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, err := in.text.Discard(3)
		return in, err
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")), bytes.IndexByte(head, 0) >= 0:
		return nil, errors.New("it is UTF-16 or not text: write it as UTF-8")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return nil, errors.New("it is a zip archive: unpack it")
	}
	return in, nil
}

// Read implements io.Reader. A decoder that reads on and on without a whole part ends with errItem.
func (in *input) Read(p []byte) (int, error) {
	if in.unread <= 0 {
		return 0, errItem
	}
	n, err := in.text.Read(p[:min(len(p), in.unread)])
	in.unread -= n
	if in.total += int64(n); in.total > maxTotal {
		return n, errTotal
	}
	return n, err
}

// next lets a decoder read another part.
func (in *input) next() { in.unread = maxItem }

// first returns the first byte that is not white space.
func (in *input) first() (byte, error) {
	for {
		b, err := in.text.ReadByte()
		if err != nil {
			return 0, errors.New("it holds nothing but white space")
		}
		if !bytes.ContainsRune([]byte(" \t\r\n"), rune(b)) {
			return b, in.text.UnreadByte()
		}
	}
}

// jsonText reads JSON part by part.
type jsonText struct {
	in  *input
	dec *json.Decoder
}

func newJSON(in *input) *jsonText {
	in.next()
	return &jsonText{in, json.NewDecoder(in)}
}

func (j *jsonText) token() (json.Token, error) {
	j.in.next()
	t, err := j.dec.Token()
	return t, whole(err)
}

// whole converts the end of a text in the middle of a value.
func whole(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errCut
	case errors.As(err, &syntax) && strings.Contains(syntax.Error(), "unexpected end"):
		return errCut
	}
	return err
}

// open reads the first token of an object or a list.
func (j *jsonText) open(want json.Delim) error {
	t, err := j.token()
	if err == nil && t != want {
		err = fmt.Errorf("it has %v where %v has to be", t, want)
	}
	return err
}

// object calls member for each member of an object. Member reads the value.
func (j *jsonText) object(member func(name string) error) error {
	if err := j.open('{'); err != nil {
		return err
	}
	for j.more() {
		t, err := j.token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		if err := member(name); err != nil {
			return err
		}
	}
	_, err := j.token()
	return err
}

// list calls item for each item of a list. Item reads the value.
func (j *jsonText) list(item func() error) error {
	if err := j.open('['); err != nil {
		return err
	}
	return j.items(item)
}

// items is list for a list whose first token was read.
func (j *jsonText) items(item func() error) error {
	for j.more() {
		if err := item(); err != nil {
			return err
		}
	}
	_, err := j.token()
	return err
}

// end checks that nothing follows the document. Reading on also shows whether a compressed file is whole.
func (j *jsonText) end() error {
	j.in.next()
	switch _, err := j.dec.Token(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return whole(err)
	}
	return errors.New("more text follows its end")
}

func (j *jsonText) more() bool {
	j.in.next()
	return j.dec.More()
}

// value decodes a value, which has a bounded size.
func (j *jsonText) value(into any) error {
	j.in.next()
	err := j.dec.Decode(into)
	var typed *json.UnmarshalTypeError
	if errors.As(err, &typed) {
		return fmt.Errorf("its member %s is a %s, which the format does not have there", typed.Field, typed.Value)
	}
	return whole(err)
}

// skip reads over a value without keeping it.
func (j *jsonText) skip() error {
	for depth := 0; ; {
		t, err := j.token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > maxDepth {
				return errDepth
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// xmlText returns a decoder for XML in UTF-8 or Latin-1. Entities are never expanded, because it knows none and the
// caller refuses document types.
func xmlText(in *input) *xml.Decoder {
	in.next()
	dec := xml.NewDecoder(in)
	dec.CharsetReader = func(name string, text io.Reader) (io.Reader, error) {
		switch strings.ToLower(name) {
		case "iso-8859-1", "latin1", "us-ascii", "ascii":
			return &latin1{bufio.NewReader(text)}, nil
		}
		return nil, fmt.Errorf("its encoding %s cannot be read: write it as UTF-8", name)
	}
	return dec
}

// latin1 converts ISO 8859-1 to UTF-8.
type latin1 struct{ text *bufio.Reader }

func (l *latin1) Read(p []byte) (int, error) {
	n := 0
	for n+utf8.UTFMax <= len(p) {
		b, err := l.text.ReadByte()
		if err != nil {
			if n > 0 {
				return n, nil
			}
			return 0, err
		}
		n += utf8.EncodeRune(p[n:], rune(b))
		if l.text.Buffered() == 0 {
			break
		}
	}
	return n, nil
}

// xmlError converts an error of the decoder.
func xmlError(err error) error {
	var syntax *xml.SyntaxError
	if errors.Is(err, io.EOF) || errors.As(err, &syntax) && strings.Contains(syntax.Msg, "unexpected EOF") {
		return errCut
	}
	return err
}

// problem returns the error of a file that cannot be read to its end.
func problem(name string, err error) *sdk.Error {
	var known *sdk.Error
	if errors.As(err, &known) {
		return known
	}
	code, remedy := sdk.CodeUpstreamInvalidResponse, "Have the scanner write the report again, preferably under another name that is changed "+
		"when it is complete."
	switch {
	case errors.Is(err, fs.ErrPermission):
		return customer(sdk.CodeConfigInvalid, "Allow the user of Plumbline to read the file and its directories.",
			"the connector may not read %s", name)
	case errors.Is(err, fs.ErrNotExist):
		return customer(sdk.CodeNotFoundResource, "Sync again.", "%s vanished while the directory was read", name)
	case errors.Is(err, errUnknownFormat):
		code, remedy = sdk.CodeSchemaUnexpected, "Move the file out of the directory if it is not a report, or have the scanner write one of "+
			"the formats in the guide."
	}
	return customer(code, remedy, "the report %s cannot be read: %s", name, strings.ToValidUTF8(err.Error(), "?")).Because(err)
}

// customer returns the error of a file. The customer has to act, and the next report may be right.
func customer(code, remedy, format string, args ...any) *sdk.Error {
	e := sdk.Errorf(code, format, args...).WithRemedy(remedy)
	e.Fault, e.Retry = sdk.FaultCustomer, sdk.RetryAfter
	return e
}
