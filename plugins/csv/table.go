package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/plugins/internal/mapping"
	"github.com/plumbline-dev/plumbline/plugins/internal/pipe"
	"github.com/plumbline-dev/plumbline/sdk"
)

// table is an open file with mapped columns.
type table struct {
	settings
	*mapping.Columns
	plan     *mapping.Plan
	file     *os.File
	info     fs.FileInfo // when the file was opened
	scan     *scanner
	headers  []string
	nameless map[int]bool
	repeated map[string]bool // headers of several columns
	width    int             // number of columns up to the last header
	key      []int           // columns of the key
	tail     tail
	ahead    *line // the next row; nil = none
	seen     map[string]int
}

// openTable opens the file and maps its columns by the settings. A mistake in either is a
// config.invalid that names the setting.
func openTable(c settings) (*table, error) {
	p, err := mapping.New(c.Settings)
	if err != nil {
		return nil, err
	}
	t := newTable(c, p)
	if err := t.open(); err != nil {
		return nil, err
	}
	if err := t.match(); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func newTable(c settings, p *mapping.Plan) *table {
	return &table{settings: c, plan: p, tail: tail{ending: c.Ending}, seen: map[string]int{}}
}

// open opens the file. It refuses other types of files before it opens them, because opening a named
// pipe waits for its writer.
func (t *table) open() error {
	if err := checkPath(t.Path); err != nil {
		return err
	}
	info, err := os.Stat(t.Path)
	if err == nil {
		err = checkMode(t.Path, info.Mode())
	}
	if err == nil {
		t.file, err = os.OpenFile(t.Path, os.O_RDONLY|pipe.NoWait, 0) // a named pipe may have replaced the file
	}
	if err == nil {
		if t.info, err = t.file.Stat(); err == nil {
			err = checkMode(t.Path, t.info.Mode())
		}
	}
	if err == nil {
		err = t.begin(t.file)
	}
	if err != nil {
		t.close()
		return openError(t.Path, err)
	}
	return nil
}

// checkPath refuses a path that is not absolute.
func checkPath(path string) error {
	scheme, rest, isURL := strings.Cut(path, "://")
	switch {
	case isURL && scheme == "file":
		return badPath("%s is an address and not a path", path).
			WithRemedy(fmt.Sprintf("Enter the full path in the setting \"File\", such as %s.", "/"+strings.TrimLeft(rest, "/")))
	case isURL:
		return badPath("%s is an address, and this connector reads only files on this machine", path).
			WithRemedy("Download the file to this machine and enter its full path in the setting \"File\".")
	case !filepath.IsAbs(path):
		return badPath("the path %s is not a full path", path).
			WithRemedy("Enter the full path in the setting \"File\", such as /srv/exports/users.csv.")
	}
	return nil
}

// checkMode refuses everything that is not a regular file. Reading a pipe or a device may never end.
func checkMode(path string, mode fs.FileMode) error {
	var what string
	switch {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		what = "a directory"
	case mode&fs.ModeNamedPipe != 0:
		what = "a named pipe"
	case mode&fs.ModeSocket != 0:
		what = "a socket"
	case mode&fs.ModeDevice != 0:
		what = "a device"
	default:
		what = "of another type"
	}
	return badPath("%s is not a file but %s", path, what).WithRemedy("Enter the full path of a file in the setting \"File\".")
}

func openError(path string, err error) *sdk.Error {
	var known *sdk.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, fs.ErrNotExist):
		return badPath("there is no file %s", path).WithRemedy("Export the file to this path, or correct the setting \"File\".")
	case errors.Is(err, fs.ErrPermission):
		return badPath("the connector may not read the file %s", path).
			WithRemedy("Allow the user of Plumbline to read the file and its directories, or correct the setting \"File\".")
	}
	return badPath("the file %s cannot be opened: %w", path, err)
}

func badPath(format string, args ...any) *sdk.Error { return invalid("/path", format, args...) }

// badFile is the error of an existing file that is not CSV.
func badFile(remedy, format string, args ...any) *sdk.Error {
	return badPath(format, args...).WithRemedy(remedy)
}

// begin refuses files in another encoding and files that are not text.
func (t *table) begin(in io.Reader) error {
	text := bufio.NewReaderSize(in, 64<<10)
	head, err := text.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return badPath("the file %s cannot be read: %w", t.Path, err)
	}
	const save, again = "Save the file as CSV UTF-8.", "Export the file again as CSV, with a line of headers."
	switch {
	case len(head) == 0:
		return badFile(again, "the file %s is empty (0 bytes), so it is not a CSV file", t.Path)
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return badFile(save, "the file %s is UTF-16: save it as CSV UTF-8", t.Path)
	case bytes.IndexByte(head, 0) >= 0:
		return badFile(again, "%s is not a CSV file", t.Path)
	}
	commas := map[string]byte{"comma": ',', "semicolon": ';', "tab": '\t', "pipe": '|'}
	t.scan = &scanner{in: text, comma: commas[t.Delimiter], number: 1}
	t.scan.cutMarks()
	return nil
}

// match reads the headers and maps the columns of the key and of the fields.
func (t *table) match() error {
	first, err := t.firstRow()
	if err != nil {
		return err
	}
	if err := t.nameColumns(first); err != nil {
		return err
	}
	if !t.Header {
		t.ahead = &first
	} else if err := t.advance(); err != nil {
		return err
	}
	for _, name := range t.Key {
		at, err := t.column("/key", name)
		if err != nil {
			return err
		}
		t.key = append(t.key, at)
	}
	t.Columns, err = t.plan.Assign(t.headers, t.repeated, t.column)
	return err
}

// firstRow returns the first row that is not blank.
func (t *table) firstRow() (line, error) {
	const remedy = "Export the file again as CSV, with a line of headers."
	for {
		first, err := t.scan.next()
		var bad *badRow
		switch {
		case errors.Is(err, io.EOF):
			return line{}, badFile(remedy, "the file %s is empty: it has no line of headers", t.Path)
		case errors.As(err, &bad):
			return line{}, badFile(remedy, "the first line of %s is not CSV: %s", t.Path, bad.text)
		case err != nil:
			return line{}, t.broken(err)
		case !first.blank():
			return first, nil
		}
	}
}

// nameColumns names the columns by their headers, or by their numbers. Settings cannot name a header
// that several columns have.
func (t *table) nameColumns(first line) error {
	t.headers = make([]string, len(first.cells))
	t.nameless, t.repeated = map[int]bool{}, map[string]bool{}
	taken := make(map[string]bool, len(first.cells))
	for i, cell := range first.cells {
		if !utf8.ValidString(cell) {
			return badFile("Save the file as CSV UTF-8.", "the headers of %s are not UTF-8: save it as CSV UTF-8", t.Path)
		}
		name := strings.TrimSpace(cell)
		switch {
		case !t.Header:
			name, t.width = strconv.Itoa(i+1), i+1
		case name == "":
			name, t.nameless[i] = "column "+strconv.Itoa(i+1), true
		default:
			t.width = i + 1
		}
		t.headers[i] = name
		if taken[name] {
			t.repeated[name] = true
			t.headers[i] = fmt.Sprintf("%s (column %d)", name, i+1)
		}
		taken[name] = true
	}
	return nil
}

func (t *table) column(setting, name string) (int, error) {
	if t.repeated[name] {
		return 0, invalid(setting, "two columns of %s are called %q", t.Path, name).
			WithRemedy("Give the columns different headers in the system that exports the file, and export it again.")
	}
	if at := slices.Index(t.headers, name); at >= 0 {
		return at, nil
	}
	if len(t.headers) == 1 {
		for title, comma := range map[string]string{"Comma": ",", "Semicolon": ";", "Tab": "\t", "Vertical bar": "|"} {
			if strings.Contains(t.headers[0], comma) {
				return 0, invalid("/delimiter", "the file %s has no column %q but one with the name %s", t.Path, name, mapping.Quote(t.headers[0])).
					WithRemedy(fmt.Sprintf("Choose %q in the setting %q.", title, titles()["delimiter"]))
			}
		}
	}
	return 0, invalid(setting, "the file %s has no column %q; its columns are %s", t.Path, name, t.columnNames())
}

// columnNames returns the first headers for a message.
func (t *table) columnNames() string {
	const most = 40
	var shown []string
	for _, header := range t.headers[:min(t.width, most)] {
		shown = append(shown, mapping.Shorten(header))
	}
	text := strings.Join(shown, ", ")
	if t.width > most {
		text += fmt.Sprintf(" and %d more", t.width-most)
	}
	return text
}

// advance reads the next row. It skips blank rows.
func (t *table) advance() error {
	for {
		l, err := t.scan.next()
		var bad *badRow
		switch {
		case errors.Is(err, io.EOF):
			t.ahead = nil
			return nil
		case errors.As(err, &bad):
			t.ahead = &line{number: bad.line, bad: bad}
			return nil
		case err != nil:
			return t.broken(err)
		case !l.blank():
			t.ahead = &l
			return nil
		}
	}
}

func (t *table) broken(err error) error {
	return sdk.Errorf(sdk.CodeNetworkConnect, "reading the file %s failed: %w", t.Path, err)
}

// unchanged reports a gap if the file changed during the read. The rows are then a mixture, and the host
// must remove nothing.
func (t *table) unchanged(out *sdk.Output) error {
	now, err := os.Stat(t.Path)
	if err == nil && now.Size() == t.info.Size() && now.ModTime().Equal(t.info.ModTime()) {
		return nil
	}
	if err == nil && !os.SameFile(now, t.info) {
		return nil // a new file has replaced it, and the connector has read the whole old file
	}
	out.Gap(t.Path, fromFile(sdk.CodeUpstreamInvalidResponse, "Export to another name and rename the file when it is complete.",
		"the file %s changed while it was read", t.Path))
	return nil
}

func (t *table) close() {
	if t.file != nil {
		_ = t.file.Close() // it was only read
	}
}
