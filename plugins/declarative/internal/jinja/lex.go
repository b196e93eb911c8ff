package jinja

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word of an expression.
type token struct {
	kind  string // name, text, number, sign, or end
	text  string
	value any // of a text or a number
}

// signs are the operators, the longer ones first.
var signs = []string{"**", "//", "==", "!=", "<=", ">=", "(", ")", "[", "]", "{", "}", ",", ":", ".", "|", "~", "+", "-", "*", "/",
	"%", "<", ">", "="}

// words cuts an expression into tokens.
func words(source string) (all []token, err error) {
	for rest := strings.TrimLeftFunc(source, unicode.IsSpace); rest != ""; rest = strings.TrimLeftFunc(rest, unicode.IsSpace) {
		var t token
		if t, rest, err = next(rest); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return append(all, token{kind: "end", text: "the end"}), nil
}

func next(rest string) (token, string, error) {
	first, _ := utf8.DecodeRuneInString(rest)
	switch {
	case first == '"' || first == '\'':
		return quoted(rest)
	case unicode.IsLetter(first) || first == '_' || first == '$':
		end := strings.IndexFunc(rest[1:], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }) + 1
		if end == 0 {
			end = len(rest)
		}
		return token{kind: "name", text: rest[:end]}, rest[end:], nil
	case unicode.IsDigit(first):
		return digits(rest)
	}
	for _, sign := range signs {
		if after, found := strings.CutPrefix(rest, sign); found {
			return token{kind: "sign", text: sign}, after, nil
		}
	}
	return token{}, "", fmt.Errorf("%q is not known", string(first))
}

func digits(rest string) (token, string, error) {
	end := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsDigit(r) && r != '.' && r != '_' })
	if end < 0 {
		end = len(rest)
	}
	text := strings.ReplaceAll(rest[:end], "_", "")
	t := token{kind: "number", text: text}
	if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
		t.value = whole
		return t, rest[end:], nil
	}
	fraction, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return t, "", fmt.Errorf("%s is no number", text)
	}
	t.value = fraction
	return t, rest[end:], nil
}

// quoted reads a text in quotes. A backslash before any other letter than these stays, as in Python.
func quoted(rest string) (token, string, error) {
	quote := rest[0]
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == quote:
			return token{kind: "text", text: b.String(), value: b.String()}, rest[i+1:], nil
		case c == '\\' && i+1 < len(rest):
			i++
			if meant, known := map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', '\\': '\\', '\'': '\'', '"': '"'}[rest[i]]; known {
				b.WriteByte(meant)
				continue
			}
			b.WriteByte('\\')
			b.WriteByte(rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return token{}, "", fmt.Errorf("a text is not closed by %c", quote)
}
