// Package input reads the text of a report part by part: JSON and XML of any size, in bounded memory.
package input

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// The bounds of a report.
const (
	MaxItem  = 8 << 20  // bytes of one finding
	MaxTotal = 16 << 30 // bytes of one file, decompressed
	MaxDepth = 200      // objects, lists and elements in one another
)

// The reasons why a file is not read to its end.
var (
	ErrItem  = fmt.Errorf("one part of it has more than %d MiB", MaxItem>>20)
	ErrTotal = fmt.Errorf("it has more than %d GiB", MaxTotal>>30)
	ErrDepth = fmt.Errorf("it nests more than %d parts in one another", MaxDepth)
	ErrCut   = errors.New("it seems to be cut off")
)

// Text is the text of a report. It bounds how much a decoder reads at once, and so its memory.
type Text struct {
	Name     string // of the file
	Modified time.Time
	Reader   *bufio.Reader
	unread   int // bytes until ErrItem
	total    int64
}

// New prepares a file: it decompresses gzip, skips the mark of UTF-8 and refuses other encodings.
func New(name string, mtime time.Time, file io.Reader) (*Text, error) {
	in := &Text{Name: name, Modified: mtime, Reader: bufio.NewReaderSize(file, 64<<10)}
	if head, _ := in.Reader.Peek(2); bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(in.Reader)
		if err != nil {
			return nil, err
		}
		in.Reader = bufio.NewReaderSize(unpacked, 64<<10)
	}
	head, err := in.Reader.Peek(4)
	switch {
	case len(head) == 0 && errors.Is(err, io.EOF):
		return nil, errors.New("it is empty (0 bytes)")
	case len(head) == 0:
		return nil, err
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, err := in.Reader.Discard(3)
		return in, err
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")), bytes.IndexByte(head, 0) >= 0:
		return nil, errors.New("it is UTF-16 or not text: write it as UTF-8")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return nil, errors.New("it is a zip archive: unpack it")
	}
	return in, nil
}

// Read implements io.Reader. A decoder that reads on and on without a whole part ends with ErrItem.
func (in *Text) Read(p []byte) (int, error) {
	if in.unread <= 0 {
		return 0, ErrItem
	}
	n, err := in.Reader.Read(p[:min(len(p), in.unread)])
	in.unread -= n
	if in.total += int64(n); in.total > MaxTotal {
		return n, ErrTotal
	}
	return n, err
}

// Next lets a decoder read another part.
func (in *Text) Next() { in.unread = MaxItem }

// First returns the first byte that is not white space.
func (in *Text) First() (byte, error) {
	for {
		b, err := in.Reader.ReadByte()
		if err != nil {
			return 0, errors.New("it holds nothing but white space")
		}
		if !bytes.ContainsRune([]byte(" \t\r\n"), rune(b)) {
			return b, in.Reader.UnreadByte()
		}
	}
}

// JSON reads JSON part by part.
type JSON struct {
	in  *Text
	dec *json.Decoder
}

// NewJSON returns a reader of JSON.
func NewJSON(in *Text) *JSON {
	in.Next()
	return &JSON{in, json.NewDecoder(in)}
}

// Token returns the next token.
func (j *JSON) Token() (json.Token, error) {
	j.in.Next()
	t, err := j.dec.Token()
	return t, whole(err)
}

// whole converts the end of a text in the middle of a value.
func whole(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return ErrCut
	case errors.As(err, &syntax) && strings.Contains(syntax.Error(), "unexpected end"):
		return ErrCut
	}
	return err
}

// Open reads the first token of an object or a list.
func (j *JSON) Open(want json.Delim) error {
	t, err := j.Token()
	if err == nil && t != want {
		err = fmt.Errorf("it has %v where %v has to be", t, want)
	}
	return err
}

// Object calls member for each member of an object. Member reads the value.
func (j *JSON) Object(member func(name string) error) error {
	if err := j.Open('{'); err != nil {
		return err
	}
	for j.More() {
		t, err := j.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		if err := member(name); err != nil {
			return err
		}
	}
	_, err := j.Token()
	return err
}

// List calls item for each item of a list. Item reads the value.
func (j *JSON) List(item func() error) error {
	if err := j.Open('['); err != nil {
		return err
	}
	return j.Items(item)
}

// Items is list for a list whose first token was read.
func (j *JSON) Items(item func() error) error {
	for j.More() {
		if err := item(); err != nil {
			return err
		}
	}
	_, err := j.Token()
	return err
}

// End checks that nothing follows the document. Reading on also shows whether a compressed file is whole.
func (j *JSON) End() error {
	j.in.Next()
	switch _, err := j.dec.Token(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return whole(err)
	}
	return errors.New("more text follows its end")
}

// More reports whether the list or object goes on.
func (j *JSON) More() bool {
	j.in.Next()
	return j.dec.More()
}

// Value decodes a value, which has a bounded size.
func (j *JSON) Value(into any) error {
	j.in.Next()
	err := j.dec.Decode(into)
	var typed *json.UnmarshalTypeError
	if errors.As(err, &typed) {
		return fmt.Errorf("its member %s is a %s, which the format does not have there", typed.Field, typed.Value)
	}
	return whole(err)
}

// Skip reads over a value without keeping it.
func (j *JSON) Skip() error {
	for depth := 0; ; {
		t, err := j.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > MaxDepth {
				return ErrDepth
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// XML returns a decoder for XML in UTF-8 or Latin-1. Entities are never expanded, because it knows none and the
// caller refuses document types.
func XML(in *Text) *xml.Decoder {
	in.Next()
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

// XMLError converts an error of the decoder.
func XMLError(err error) error {
	var syntax *xml.SyntaxError
	if errors.Is(err, io.EOF) || errors.As(err, &syntax) && strings.Contains(syntax.Msg, "unexpected EOF") {
		return ErrCut
	}
	return err
}
