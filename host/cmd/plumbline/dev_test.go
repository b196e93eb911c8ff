package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// people VAR N: VAR becomes the port of an API that lists N people, as the connectors
// that `connector new` writes ask for them.
func startPeople(ts *testscript.TestScript, _ bool, args []string) {
	var n int
	_, err := fmt.Sscan(args[1], &n)
	ts.Check(err)
	type person struct {
		ID    string `json:"id"`
		Email string `json:"email"`
		Name  string `json:"name"`
		Admin bool   `json:"admin"`
	}
	page := map[string][]person{"users": {}}
	for i := range n {
		one := person{ID: fmt.Sprint("u-", i), Email: fmt.Sprintf("p%d@example.com", i), Name: fmt.Sprint("Person ", i)}
		page["users"] = append(page["users"], one)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(page) // a client that is gone has had enough
	}))
	ts.Defer(server.Close)
	address, err := url.Parse(server.URL)
	ts.Check(err)
	ts.Setenv(args[0], address.Port())
}

// save FILE OLD NEW: replaces text in a file as many editors do: a new file is
// written beside it and takes its name.
func save(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	raw, err := os.ReadFile(path)
	ts.Check(err)
	if !strings.Contains(string(raw), args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	beside := path + "~"
	ts.Check(os.WriteFile(beside, []byte(strings.Replace(string(raw), args[1], args[2], 1)), 0o600))
	ts.Check(os.Rename(beside, path))
}
