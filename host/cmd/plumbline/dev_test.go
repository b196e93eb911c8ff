package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"

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

// receiver FILE PORT: a receiver of webhooks on that port, which appends what it gets to a file: a line with the key, the title and the
// Slack text.
func startReceiver(ts *testscript.TestScript, _ bool, args []string) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", args[1]))
	ts.Check(err)
	path := ts.MkAbs(args[0])
	var mu sync.Mutex
	server := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var body struct {
			Text string `json:"text"`
			Data struct {
				Title string `json:"title"`
			} `json:"data"`
		}
		file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil || json.NewDecoder(r.Body).Decode(&body) != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, err = fmt.Fprintf(file, "%s|%s|%q\n", r.Header.Get("webhook-id"), body.Data.Title, body.Text)
		if errors.Join(err, file.Close()) != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})}
	ended := make(chan struct{})
	go func() { // ends with Close
		defer close(ended)
		_ = server.Serve(listener) // it says that it was closed
	}()
	ts.Defer(func() { _ = server.Close(); <-ended })
}
