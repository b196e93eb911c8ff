package artifact

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
)

// Type is a type of file that may be added.
type Type struct {
	Ending string `json:"ending" doc:"Of the name, with the dot"`
	Media  string `json:"media"`
	check  func(io.ReaderAt, int64) error
}

// Types returns the types of files that may be added. Pages of the web, pictures in SVG, scripts and archives are not among them.
func Types() []Type {
	office := func(part string) func(io.ReaderAt, int64) error {
		return func(r io.ReaderAt, n int64) error { return checkOffice(r, n, part) }
	}
	const word = "application/vnd.openxmlformats-officedocument."
	return []Type{
		{".pdf", "application/pdf", checkPDF},
		{".png", "image/png", func(r io.ReaderAt, n int64) error { return checked("PNG", r, n, png.DecodeConfig) }},
		{".jpg", "image/jpeg", func(r io.ReaderAt, n int64) error { return checked("JPEG", r, n, jpeg.DecodeConfig) }},
		{".jpeg", "image/jpeg", func(r io.ReaderAt, n int64) error { return checked("JPEG", r, n, jpeg.DecodeConfig) }},
		{".gif", "image/gif", func(r io.ReaderAt, n int64) error { return checked("GIF", r, n, gif.DecodeConfig) }},
		{".txt", "text/plain; charset=utf-8", checkText},
		{".md", "text/plain; charset=utf-8", checkText},
		{".log", "text/plain; charset=utf-8", checkText},
		{".csv", "text/csv; charset=utf-8", checkText},
		{".eml", "text/plain; charset=utf-8", checkText},
		{".json", "application/json", checkJSON},
		{".docx", word + "wordprocessingml.document", office("word/")},
		{".xlsx", word + "spreadsheetml.sheet", office("xl/")},
		{".pptx", word + "presentationml.presentation", office("ppt/")},
	}
}

// mostName is the most bytes of a name.
const mostName = 120

// named cleans the name of a file, and returns the type that its ending says.
func named(name string) (string, Type, error) {
	name = path.Base("/" + strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || display.Hidden(r) || strings.ContainsRune(`<>:"|?*/`, r) {
			return -1
		}
		return r
	}, name)
	name = strings.TrimRight(strings.Join(strings.Fields(name), " "), ". ")
	ending := strings.ToLower(path.Ext(name))
	stem := strings.Trim(name[:len(name)-len(ending)], ". ")
	var endings []string
	for _, t := range Types() {
		endings = append(endings, t.Ending)
		if t.Ending != ending {
			continue
		}
		if stem == "" {
			stem = "file"
		}
		for len(stem) > mostName {
			_, last := utf8.DecodeLastRuneInString(stem)
			stem = stem[:len(stem)-last]
		}
		return stem + ending, t, nil
	}
	return "", Type{}, host.Invalid("name", display.Visible(name), "must end in one of "+strings.Join(endings, " "))
}

// differs is the problem of content that is not what the name says.
func differs(says string) error {
	return host.Invalid("file", nil, "is not "+says+", which its name says; give it the right name, or save it again as "+says)
}

// checkPDF checks the first and the last bytes of a PDF.
func checkPDF(r io.ReaderAt, n int64) error {
	first := make([]byte, 5)
	last := make([]byte, min(n, 2048))
	if _, err := r.ReadAt(first, 0); err != nil || string(first) != "%PDF-" {
		return differs("a PDF")
	}
	if _, err := r.ReadAt(last, n-int64(len(last))); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read file: %w", err)
	}
	if !bytes.Contains(last, []byte("%%EOF")) {
		return host.Invalid("file", nil, "is a PDF without its end; save it again")
	}
	return nil
}

// checked checks the heading of a picture. Its pixels are not decoded.
func checked[T any](says string, r io.ReaderAt, n int64, config func(io.Reader) (T, error)) error {
	if _, err := config(io.NewSectionReader(r, 0, n)); err != nil {
		return differs("a picture in " + says)
	}
	return nil
}

// checkText checks that a file is text in UTF-8.
func checkText(r io.ReaderAt, n int64) error {
	buffer := make([]byte, 64<<10)
	for from := int64(0); from < n; {
		read, err := r.ReadAt(buffer[:min(int64(len(buffer)), n-from)], from)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read file: %w", err)
		}
		part := buffer[:read]
		if from+int64(read) < n { // a character may go on in the next part
			for cut := 1; cut <= min(utf8.UTFMax-1, len(part)); cut++ {
				if utf8.RuneStart(part[len(part)-cut]) {
					if !utf8.FullRune(part[len(part)-cut:]) {
						part = part[:len(part)-cut]
					}
					break
				}
			}
		}
		if len(part) == 0 || !utf8.Valid(part) || bytes.IndexByte(part, 0) >= 0 {
			return host.Invalid("file", nil, "is not text in UTF-8, which its name says; save it as UTF-8")
		}
		from += int64(len(part))
	}
	return nil
}

// checkJSON checks that a file is one JSON document.
func checkJSON(r io.ReaderAt, n int64) error {
	if err := checkText(r, n); err != nil {
		return err
	}
	decoder := json.NewDecoder(io.NewSectionReader(r, 0, n))
	for depth := 0; ; {
		token, err := decoder.Token()
		if err != nil {
			return host.Invalid("file", nil, fmt.Sprintf("is not JSON, which its name says: byte %d: %v", decoder.InputOffset(), err))
		}
		if d, is := token.(json.Delim); is && (d == '{' || d == '[') {
			depth++
		} else if is {
			depth--
		}
		if depth == 0 {
			break
		}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return host.Invalid("file", nil, "has something after its JSON document")
	}
	return nil
}

// The most that a package of an office program may hold.
const (
	mostParts    = 10_000
	mostUnpacked = 1 << 30 // bytes
)

// checkOffice checks the directory of a package of an office program: it has a list of types and a part of the program. The content is not
// unpacked; what says that it unpacks to very much is refused, since it would harm whoever opens it.
func checkOffice(r io.ReaderAt, n int64, part string) error {
	archive, err := zip.NewReader(r, n)
	if err != nil {
		return differs("a document of an office program")
	}
	types, own, unpacked := false, false, uint64(0)
	for _, f := range archive.File {
		types = types || f.Name == "[Content_Types].xml"
		own = own || strings.HasPrefix(f.Name, part)
		unpacked += min(f.UncompressedSize64, mostUnpacked+1)
		if strings.HasSuffix(strings.ToLower(f.Name), "vbaproject.bin") {
			return host.Invalid("file", nil, "holds a macro; save it without")
		}
	}
	switch {
	case len(archive.File) > mostParts || unpacked > mostUnpacked:
		return host.Invalid("file", nil, "unpacks to more than a document of an office program may hold")
	case !types || !own:
		return differs("a document of that office program")
	}
	return nil
}
