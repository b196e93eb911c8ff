package pack

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/release"
)

// The files that seal a pack. Every other one is a subject of the manifest.
const (
	nameManifest  = "MANIFEST.json"
	nameEnvelope  = "MANIFEST.dsse.json"
	nameSignature = "MANIFEST.json.minisig"
	nameSums      = "SHA256SUMS"
	nameSumsSig   = "SHA256SUMS.minisig"
)

// What the manifest is, as in-toto and DSSE name it.
const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://plumbline.dev/evidence-pack/v1"
	payloadType   = "application/vnd.in-toto+json"
)

// statement is the manifest: a statement of in-toto.
type statement struct {
	Type          string    `json:"_type"`
	Subject       []subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     predicate `json:"predicate"`
}

type subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

// predicate says what a pack is.
type predicate struct {
	Product     string    `json:"product"`
	Version     string    `json:"version"`
	Demo        bool      `json:"demo"`
	Framework   Framework `json:"framework"`
	From        time.Time `json:"period_from"`
	Until       time.Time `json:"period_until"`
	Moment      time.Time `json:"moment"`
	TimeZone    string    `json:"time_zone"`
	PublicKey   string    `json:"public_key"`
	Controls    []string  `json:"controls"`
	Tests       []judged  `json:"tests"`
	Populations []Listed  `json:"populations"`
	Records     int64     `json:"records"`
	Findings    int64     `json:"findings"`
	Notices     []string  `json:"notices"`
	Absent      []Absent  `json:"not_contained"`
	Checkpoint  string    `json:"checkpoint"`
	Files       []File    `json:"files"`
}

// judged is what the manifest says of a test.
type judged struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	State   string `json:"state"`
}

// manifest is what seals a pack, while it is made.
type manifest struct {
	key       Key
	signer    ed25519.PrivateKey
	predicate predicate
}

// begin begins the manifest of a pack.
func begin(c *Content, key Key) (*manifest, error) {
	signer, err := release.Ed25519(key.Private)
	if err != nil {
		return nil, err
	}
	p := predicate{
		Product: c.Product, Version: c.Version, Demo: c.Demo, Framework: c.Framework, From: c.From.UTC(), Until: c.Until.UTC(),
		Moment: c.Moment.UTC(), TimeZone: c.Location.String(), PublicKey: key.Public, Controls: []string{}, Tests: []judged{},
		Populations: []Listed{}, Notices: append([]string{}, c.Notices...), Absent: append([]Absent{}, c.Absent...), Checkpoint: nameCheckpoint,
	}
	for _, one := range c.Controls {
		p.Controls = append(p.Controls, one.ID)
	}
	for i := range c.Tests {
		p.Tests = append(p.Tests, judged{c.Tests[i].ID, c.Tests[i].Version, string(c.Tests[i].Result.State)})
	}
	return &manifest{key: key, signer: signer, predicate: p}, nil
}

// seal writes the files that seal a pack.
func (a *archive) seal(m *manifest) error {
	m.predicate.Files = sortedFiles(a.files)
	s := statement{Type: statementType, PredicateType: predicateType, Predicate: m.predicate}
	for _, f := range m.predicate.Files {
		s.Subject = append(s.Subject, subject{f.Name, map[string]string{"sha256": f.SHA256}})
	}
	raw, err := indented(s)
	if err != nil {
		return err
	}
	envelope, err := m.envelope(raw)
	if err != nil {
		return err
	}
	signature, err := m.minisign(raw)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name    string
		content []byte
	}{{nameManifest, raw}, {nameEnvelope, envelope}, {nameSignature, signature}} {
		if err := a.text(f.name, f.content); err != nil {
			return err
		}
	}
	sums := sumsOf(a.files)
	if signature, err = m.minisign(sums); err != nil {
		return err
	}
	if err := a.text(nameSums, sums); err != nil {
		return err
	}
	return a.text(nameSumsSig, signature)
}

// The comments of the signatures for minisign. The first is signed, too.
const (
	commentTrusted = "Plumbline evidence pack"
	commentPlain   = "signature of a Plumbline evidence pack; verify with minisign -V"
)

func (m *manifest) minisign(text []byte) ([]byte, error) {
	return release.SignText(text, m.key.Private, commentTrusted, commentPlain)
}

// sumsOf returns the sums of files as sha256sum reads them.
func sumsOf(files []File) []byte {
	var out bytes.Buffer
	for _, f := range sortedFiles(files) {
		fmt.Fprintf(&out, "%s  %s\n", f.SHA256, f.Name)
	}
	return out.Bytes()
}

// dsse is an envelope of DSSE.
type dsse struct {
	Payload     string     `json:"payload"`
	PayloadType string     `json:"payloadType"`
	Signatures  []dsseSign `json:"signatures"`
}

type dsseSign struct {
	KeyID string `json:"keyid"`
	Sig   string `json:"sig"`
}

// encoded is what is signed of a payload.
func encoded(payload []byte) []byte {
	head := fmt.Sprintf("DSSEv1 %d %s %d ", len(payloadType), payloadType, len(payload))
	return append([]byte(head), payload...)
}

// keyID names a key in an envelope: the SHA-256 of the public key.
func keyID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:])
}

// publicOf returns the public part of a key.
func publicOf(key ed25519.PrivateKey) ed25519.PublicKey {
	return ed25519.PublicKey(key[ed25519.PrivateKeySize-ed25519.PublicKeySize:])
}

func (m *manifest) envelope(payload []byte) ([]byte, error) {
	return indented(dsse{
		Payload: base64.StdEncoding.EncodeToString(payload), PayloadType: payloadType,
		Signatures: []dsseSign{{
			KeyID: keyID(publicOf(m.signer)), Sig: base64.StdEncoding.EncodeToString(ed25519.Sign(m.signer, encoded(payload))),
		}},
	})
}

// indented returns a value as JSON that people can read.
func indented(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return out.Bytes(), nil
}

func sortedFiles(files []File) []File {
	return slices.SortedFunc(slices.Values(files), func(a, b File) int { return strings.Compare(a.Name, b.Name) })
}

func keys[V any](of map[string]V) iter.Seq[string] { return maps.Keys(of) }
