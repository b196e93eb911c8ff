package main

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzArray reads any text as an array of PostgreSQL. Items that are written as the server does are read again.
func FuzzArray(f *testing.F) {
	for _, text := range []string{
		"{}", "{a}", `{a,NULL,"b \"c\", {d}",""}`, "{{1,2},{3,4}}", "[0:1]={a,b}", "{a,}", "{,}", `{"a`, "{\\", "x", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		items, ok := parseArray(text)
		if !ok {
			return
		}
		quoted := make([]string, len(items))
		for i, item := range items {
			quoted[i] = "NULL"
			if item != nil {
				quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(*item) + `"`
			}
		}
		again, ok := parseArray("{" + strings.Join(quoted, ",") + "}")
		if !ok || len(again) != len(items) {
			t.Fatalf("%q has %d items, and %q has %d", text, len(items), quoted, len(again))
		}
		for i := range items {
			if (items[i] == nil) != (again[i] == nil) || items[i] != nil && *items[i] != *again[i] {
				t.Errorf("item %d of %q differs", i, text)
			}
		}
	})
}

// FuzzQuery looks at the beginning of any text.
func FuzzQuery(f *testing.F) {
	for _, text := range []string{
		"SELECT 1", "-- a\nSELECT 1", "/* b */ (WITH x AS", "/*!50000 SELECT */", "DELETE", "selection", "/*", "--", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if isQuery(text) && utf8.ValidString(text) && strings.TrimSpace(withoutComments(text)) == "" {
			t.Errorf("%q is no query", text)
		}
	})
}
