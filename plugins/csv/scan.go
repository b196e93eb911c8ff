package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
)

// maxRowBytes limits the text of one row in memory. A record has at most 256 KiB, so a longer row
// cannot be sent.
const maxRowBytes = 1 << 20

// line is one row of the file as text.
type line struct {
	number int      // of its first line in the file, from 1
	cells  []string // one for each column
	quoted bool     // the last cell was in quotes
	ended  bool     // a line end followed
	bad    *badRow  // why the row cannot be read; nil = it can
}

// blank reports whether a row has only separators and white space.
func (l line) blank() bool {
	for _, cell := range l.cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// scanner splits a file into rows (RFC 4180). Lines may end with LF, CRLF or CR. Encoding/csv would
// read a file with CR line ends as one row, and has no limit for the memory of a row.
type scanner struct {
	in     *bufio.Reader
	comma  byte
	number int // of the next line

	text []byte // of the row, without quotes
	ends []int  // where each cell ends in text
	over int    // the column in which the row became too large, from 1
}

// cutMarks skips a byte order mark and Excel's line "sep=;", whose separator then applies to the
// file.
func (s *scanner) cutMarks() {
	head, _ := s.in.Peek(3) // the first row returns a read error
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		_, _ = s.in.Discard(3) // the bytes are buffered
	}
	head, _ = s.in.Peek(256)
	end := bytes.IndexAny(head, "\r\n")
	if end < 0 {
		return
	}
	comma, ok := separatorHint(string(head[:end]))
	if !ok {
		return
	}
	s.comma = comma
	s.number++
	if bytes.HasPrefix(head[end:], []byte("\r\n")) {
		end++
	}
	_, _ = s.in.Discard(end + 1)
}

// separatorHint reads a line such as sep=; and reports whether it is one. A spreadsheet may have
// padded it with separators.
func separatorHint(text string) (byte, bool) {
	rest, quoted := strings.CutPrefix(text, `"`)
	if len(rest) < 5 || !strings.EqualFold(rest[:4], "sep=") {
		return 0, false
	}
	comma := rest[4]
	rest = rest[5:]
	if quoted {
		if rest, quoted = strings.CutPrefix(rest, `"`); !quoted {
			return 0, false
		}
	}
	isWord := comma >= '0' && comma <= '9' || comma >= 'A' && comma <= 'Z' || comma >= 'a' && comma <= 'z'
	if isWord || comma == '"' || comma == ' ' || comma >= 0x7f || comma < ' ' && comma != '\t' {
		return 0, false
	}
	return comma, strings.Trim(rest, string(rune(comma))) == ""
}

// next returns the next row that is not an empty line, io.EOF, a *badRow, or the
// error that ends the read.
func (s *scanner) next() (line, error) {
	for {
		l, err := s.row()
		if err != nil || len(l.cells) > 1 || l.cells[0] != "" || l.quoted {
			return l, err
		}
	}
}

// The states of a scanner within a row.
const (
	atStart  = iota // of a cell
	inPlain         // in a cell without quotes
	inQuotes        // in a cell with quotes
	atQuote         // after a quote that may end the cell
	inRest          // in the rest of a line that is not CSV, which is skipped
)

// row reads one row. After a row that is not CSV it continues with the next line.
func (s *scanner) row() (line, error) {
	l := line{number: s.number}
	s.text, s.ends, s.over = s.text[:0], s.ends[:0], 0
	wrong := ""
	for state := atStart; ; {
		c, err := s.in.ReadByte()
		if errors.Is(err, io.EOF) {
			return s.lastRow(l, state, wrong)
		}
		if err != nil {
			return l, err
		}
		if c == '\r' || c == '\n' {
			s.lineEnd(c)
			if state == inQuotes {
				s.add('\n')
				continue
			}
			l.ended = true
			return s.finish(l, state, wrong)
		}
		if state, err = s.step(state, c); err != nil {
			wrong = err.Error()
		}
	}
}

// lineEnd counts a line, and consumes the LF of a CRLF.
func (s *scanner) lineEnd(c byte) {
	s.number++
	if c == '\r' {
		if next, err := s.in.Peek(1); err == nil && next[0] == '\n' {
			_, _ = s.in.Discard(1)
		}
	}
}

// step handles a byte that does not end a line. The error says why the row is not CSV.
func (s *scanner) step(state int, c byte) (int, error) {
	switch {
	case state == inRest:
	case state == inQuotes && c == '"':
		return atQuote, nil
	case state == inQuotes:
		s.add(c)
	case state == atQuote && c == '"':
		s.add(c)
		return inQuotes, nil
	case c == s.comma:
		s.endCell()
		return atStart, nil
	case state == atQuote:
		return inRest, errors.New("text follows the closing quote of a value")
	case c == '"' && state == atStart:
		return inQuotes, nil
	case c == '"':
		return inRest, errors.New("a value that does not begin with a quote has one inside")
	default:
		s.add(c)
		return inPlain, nil
	}
	return state, nil
}

func (s *scanner) add(c byte) {
	if len(s.text) < maxRowBytes {
		s.text = append(s.text, c)
	} else if s.over == 0 {
		s.over = len(s.ends) + 1
	}
}

func (s *scanner) endCell() {
	if len(s.ends) < maxRowBytes {
		s.ends = append(s.ends, len(s.text))
	}
}

// lastRow returns the row at the end of the file.
func (s *scanner) lastRow(l line, state int, wrong string) (line, error) {
	if state == atStart && len(s.ends) == 0 {
		return l, io.EOF
	}
	if state == inQuotes {
		return l, &badRow{line: l.number, cut: true, code: sdk.CodeSchemaUnexpected,
			text: "the file ends inside a value in quotes that begins in this row"}
	}
	return s.finish(l, state, wrong)
}

func (s *scanner) finish(l line, state int, wrong string) (line, error) {
	s.endCell()
	switch {
	case wrong != "":
		return l, &badRow{line: l.number, text: "it is not CSV: " + wrong, code: sdk.CodeSchemaUnexpected}
	case s.over > 0:
		return l, &badRow{line: l.number, column: s.over, code: sdk.CodeLimitRecordTooLarge,
			text: fmt.Sprintf("the row has more than %d KiB", maxRowBytes>>10)}
	}
	l.quoted = state == atQuote
	text := string(s.text)
	l.cells = make([]string, len(s.ends))
	begin := 0
	for i, end := range s.ends {
		l.cells[i] = text[begin:end]
		begin = end
	}
	return l, nil
}
