package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// processFaults are the faults before the start of the server, which follows if they return.
func processFaults() map[string]func() {
	return map[string]func(){
		"H1": func() { time.Sleep(3 * time.Second) },
		"H3": func() { // prints nothing when started by hand
			if h := sdk.Handshake(); os.Getenv(h.MagicCookieKey) == "" {
				os.Exit(0)
			}
		},
		"H4": func() { must(os.Unsetenv("PLUGIN_CLIENT_CERT")) },
		"H5": func() {
			null, err := os.Open(os.DevNull)
			must(err)
			os.Stdin = null
		},
		"H9":  func() { must(sdktest.LeaveChild()) },
		"H10": func() { must(os.WriteFile("left.txt", nil, 0o600)) },
		"H11": func() { failIf(os.Getenv("HOME") == "") },
		"H12": func() { failIf(strings.Contains(os.Args[0], " ")) },
		"H13": func() {
			for range 100 {
				f, err := os.Open(os.DevNull)
				must(err)
				defer func() { _ = f.Close() }()
			}
		},
		"H14": func() {
			address, err := net.ResolveUnixAddr("unix", "@plumbline-mutant-h14")
			must(err)
			l, err := net.ListenUnix("unix", address)
			must(err)
			go func() { _, _ = l.Accept() }() // ends with the program
		},
		"H15": func() {
			_, err := os.CreateTemp("", "left")
			must(err)
		},
		"H16": func() { time.Sleep(1500 * time.Millisecond) },
		"H17": func() {
			if len(os.Args) == 2 && os.Args[1] == "describe" {
				fmt.Printf("{\"id\":%q}\n", filepath.Base(os.Args[0]))
				os.Exit(0)
			}
		},
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func failIf(bad bool) {
	if bad {
		os.Exit(1)
	}
}
