package column

import (
	"bytes"
	"encoding/json"
)

// The documents are canonical JSON, which the journal has checked: no white space, names in
// order. Anything else ends the walk early.

// eachMember calls fn with the name and value of every member of an object.
func eachMember(doc []byte, fn func(name, value []byte)) {
	if len(doc) < 2 || doc[0] != '{' {
		return
	}
	for at := 1; at < len(doc) && doc[at] == '"'; at++ {
		end := valueEnd(doc, at)
		if end < 0 || end >= len(doc) || doc[end] != ':' {
			return
		}
		name := doc[at+1 : end-1]
		if bytes.IndexByte(name, '\\') >= 0 {
			var text string
			if json.Unmarshal(doc[at:end], &text) != nil {
				return
			}
			name = []byte(text)
		}
		value := end + 1
		if at = valueEnd(doc, value); at < 0 {
			return
		}
		fn(name, doc[value:at])
		if at >= len(doc) || doc[at] != ',' {
			return
		}
	}
}

// eachItem calls fn with every item of an array.
func eachItem(doc []byte, fn func(item []byte)) {
	if len(doc) < 2 || doc[0] != '[' {
		return
	}
	for at := 1; at < len(doc) && doc[at] != ']'; at++ {
		end := valueEnd(doc, at)
		if end < 0 {
			return
		}
		fn(doc[at:end])
		if at = end; at >= len(doc) || doc[at] != ',' {
			return
		}
	}
}

// valueEnd returns the end of the value at at, or -1.
func valueEnd(doc []byte, at int) int {
	depth := 0
	for at < len(doc) {
		switch doc[at] {
		case '"':
			if at = stringEnd(doc, at); at < 0 {
				return -1
			}
			if depth == 0 {
				return at
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return at // of a number or word that ends its parent
			}
			if depth == 0 {
				return at + 1
			}
		case ',':
			if depth == 0 {
				return at
			}
		}
		at++
	}
	if depth == 0 {
		return at
	}
	return -1
}

func stringEnd(doc []byte, at int) int {
	for at++; ; {
		next := bytes.IndexByte(doc[at:], '"')
		if next < 0 {
			return -1
		}
		at += next
		slashes := 0
		for doc[at-1-slashes] == '\\' {
			slashes++
		}
		at++
		if slashes%2 == 0 {
			return at
		}
	}
}
