// Command connector is the connector of the fault matrix, made with the SDK like
// any other. It reads the model upstream and does as the director says at every
// moment; package chaos documents both. A file beside the program, named like it
// with ".order", is obeyed before the SDK is started, and one with ".mutant"
// names a fault of the author's that it has in this life.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func main() {
	sdktest.Linger()
	early(beside("order"))
	sdk.Serve(connector())
}

// beside returns the words of a file beside the program, none without it.
func beside(suffix string) []string {
	raw, err := os.ReadFile(os.Args[0] + "." + suffix)
	if err != nil {
		return nil
	}
	return strings.Fields(string(raw))
}

func mutant(name string) bool { return slices.Contains(beside("mutant"), name) }

// early misbehaves before the introduction.
func early(orders []string) {
	for _, order := range orders {
		switch order {
		case "slow":
			<-time.After(time.Minute)
		case "protocol":
			fmt.Println("1|99|unix|/nowhere|grpc")
			<-time.After(time.Minute)
		case "noise":
			fmt.Println("Welcome!\nThis is not an introduction.")
		case "exit":
			os.Exit(3)
		case "panic":
			panic("scripted panic before the introduction")
		}
	}
}

func connector() *sdk.Connector {
	return &sdk.Connector{
		ID: filepath.Base(os.Args[0]), Name: "Chaos", // a case may install it under several names
		Version: "1.0.0", Vendor: "Plumbline", License: "MIT",
		Summary:    "Reads a model upstream and misbehaves when ordered to.",
		Categories: []string{"custom"},
		ConfigSchema: []byte(`{"type": "object", "additionalProperties": false, "required": ["url"], "properties": {
			"url": {"type": "string", "title": "Address", "format": "uri"},
			"token": {"type": "string", "title": "Token", "writeOnly": true}}}`),
		Guide: "Connects the model. Takes about 1 minute.\n\n## Step 1: Nothing\nNothing.\n\n**Expected outcome:** Nothing.\n",
		Permissions: []sdk.Permission{
			{ID: "users.read", Reason: "Lists the users.", Streams: []string{"users"}},
		},
		Network: []sdk.NetworkHost{{Host: "{url}", Purpose: "The model upstream"}},
		Files: []sdk.FileAccess{
			{Path: os.Args[0] + ".order", Purpose: "How to misbehave before the introduction"},
			{Path: os.Args[0] + ".mutant", Purpose: "How to misbehave afterwards"},
		},
		Connect: connect,
		Streams: []sdk.Stream{
			{Name: "users", Title: "Users", Kind: kind.KindAccount, Permissions: []string{"users.read"}, Read: readUsers},
			{Name: "devices", Title: "Devices", Kind: kind.KindDevice, Read: readDevices},
			{Name: "findings", Title: "Findings", Kind: kind.KindFinding, Deletes: sdk.Tombstone, Incremental: true, Read: readFindings},
		},
	}
}

func connect(ctx context.Context, s *sdk.Session) error {
	var settings struct {
		URL string `json:"url"`
	}
	if err := s.Settings(&settings); err != nil {
		return err
	}
	client, err := s.HTTP(sdk.HTTPOptions{BaseURL: settings.URL, SecretHeader: map[string]sdk.Secret{"X-Token": s.Secret("token")}})
	if err != nil {
		return err
	}
	v := &vendor{session: s, client: client, poster: &http.Client{Transport: s.Transport()}, base: settings.URL}
	s.Set(v)
	environ, err := json.Marshal(os.Environ())
	if err != nil {
		return fmt.Errorf("encode environment: %w", err)
	}
	return v.at(ctx, "connect", "environ", string(environ))
}

// obey does what the director orders, one thing after another.
func (v *vendor) obey(orders string) error {
	for order := range strings.SplitSeq(orders, ";") {
		if err := v.obeyOne(order); err != nil {
			return err
		}
	}
	return nil
}

func (v *vendor) obeyOne(order string) error {
	word, rest, _ := strings.Cut(order, " ")
	token := v.session.Secret("token").Reveal()
	switch word {
	case "grandchild":
		return v.child(false)
	case "escape":
		return v.child(true)
	case "stdout":
		out, err := realFile(1)
		if err != nil {
			return err
		}
		defer out.Close()
		_, err = out.WriteString(strings.Repeat("noise\n", 1000) + "1|1|unix|/nowhere|grpc\n")
		return err
	case "stderr":
		fmt.Fprintln(os.Stderr, strings.Repeat("x", 1<<20))
	case "leak":
		v.session.Log().Warn("the token is " + token)
		return sdk.Errorf(sdk.CodeUpstream5xx, "refused %s", token).WithDetail("sent " + token)
	case "fail":
		return sdk.Errorf(rest, "scripted %s", rest)
	default:
		sdktest.Misbehave(v.session, word)
	}
	return nil
}

// child starts a process that keeps this one's outputs open and outlives it; one
// that escapes leaves the group, too.
func (v *vendor) child(escapes bool) error {
	out, err := realFile(1)
	if err != nil {
		return err
	}
	defer out.Close()
	err = sdktest.LeaveChild(func(child *exec.Cmd) {
		child.Stdout = out
		if escapes {
			child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		}
	})
	if escapes && errors.Is(err, syscall.EPERM) {
		return v.child(false) // contained: there is no way out of the group
	}
	return err
}

// realFile returns another handle on what the program was started with, whatever
// has been put in its place since.
func realFile(fd int) (*os.File, error) {
	other, err := syscall.Dup(fd)
	if err != nil {
		return nil, fmt.Errorf("duplicate file %d: %w", fd, err)
	}
	return os.NewFile(uintptr(other), "standard file"), nil
}
