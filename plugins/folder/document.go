package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/plumbline-dev/plumbline/plugins/internal/pipe"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// document is a file and what its description says of it.
type document struct {
	path      string
	key       string
	size      int64
	mtime     time.Time
	sha256    string
	media     string
	read      bool // its content could be read, or is too large to be
	described bool
	meta      meta
	dates     map[string]kind.Time
}

// meta is a description: the file NAME.meta.yaml beside the document NAME.
type meta struct {
	ID        string            `yaml:"id"` // replaces the path as the key
	Kind      string            `yaml:"kind"`
	Title     string            `yaml:"title"`
	Owner     string            `yaml:"owner"`
	Version   string            `yaml:"version"`
	Status    string            `yaml:"status"`
	Approved  string            `yaml:"approved"`
	ReviewDue string            `yaml:"review_due"`
	Expires   string            `yaml:"expires"`
	Issuer    string            `yaml:"issuer"`
	Number    string            `yaml:"number"`
	URL       string            `yaml:"url"`
	Details   map[string]string `yaml:"details"`
}

const maxSidecar = 64 << 10 // bytes

// readSidecar reads the description of a document. What can be read counts, also beside a mistake.
func (f *folder) readSidecar(d *document, name string) error {
	file, err := f.openFile(name)
	if err != nil {
		return fileError(name, err)
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, maxSidecar+1))
	switch {
	case err != nil:
		return fileError(name, err)
	case len(raw) > maxSidecar:
		return customer("Shorten it.", "the description %s has more than %d KiB", name, maxSidecar>>10)
	}
	d.described = true
	dec := yaml.NewDecoder(strings.NewReader(string(raw)))
	dec.KnownFields(true)
	if err := dec.Decode(&d.meta); err != nil && !errors.Is(err, io.EOF) {
		return customer("Correct the description. Step 2 of the guide lists its keys.", "the description %s cannot be read: %s", name,
			strings.Join(strings.Fields(strings.TrimPrefix(err.Error(), "yaml: ")), " "))
	}
	if id := strings.TrimSpace(d.meta.ID); id != "" && len(id) <= sdk.MaxKeyBytes {
		d.key = id
	}
	return d.check(name)
}

// check reads the dates and the status of a description.
func (d *document) check(name string) error {
	d.dates = map[string]kind.Time{}
	var wrong []string
	for _, one := range []struct{ key, text string }{
		{"approved", d.meta.Approved}, {"review_due", d.meta.ReviewDue}, {"expires", d.meta.Expires},
	} {
		at, ok := readDate(one.text)
		if !ok {
			wrong = append(wrong, fmt.Sprintf("%s: %s is not a date such as 2026-03-31", one.key, one.text))
		}
		d.dates[one.key] = at
	}
	d.meta.Status = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(d.meta.Status)), " ", "_")
	if d.meta.Status != "" && !slices.Contains([]string{"draft", "in_review", "approved", "retired"}, d.meta.Status) {
		wrong = append(wrong, "status: "+d.meta.Status+" is not draft, in_review, approved or retired")
		d.meta.Status = ""
	}
	if len(wrong) == 0 {
		return nil
	}
	return customer("Correct the description.", "in the description %s, %s", name, strings.Join(wrong, "; "))
}

// readDate reads a date or a time; an empty text is unknown.
func readDate(text string) (kind.Time, bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return kind.Time{}, true
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return kind.At(at), true
		}
	}
	return kind.Time{}, false
}

// openFile opens a file of the folder, without waiting for the writer of a named pipe.
func (f *folder) openFile(name string) (*os.File, error) {
	return f.root.OpenFile(name, os.O_RDONLY|pipe.NoWait, 0)
}

// readable returns why a document cannot be opened.
func (f *folder) readable(d *document) error {
	file, err := f.openFile(d.path)
	if err != nil {
		return fileError(d.path, err)
	}
	return file.Close()
}

// stays reports whether the document has a record although its content was not read.
func (d *document) stays() bool { return d.read }

// hash reads the content of a document for its hash, and does not keep it.
func (f *folder) hash(d *document) error {
	d.media = mediaOf(d.path)
	if d.size > f.MaxMegabytes<<20 {
		d.read = true
		return customer(`Raise "Largest document".`, "the document %s has %d MiB, more than the %d allowed, so its hash is unknown",
			d.path, d.size>>20, f.MaxMegabytes)
	}
	file, err := f.openFile(d.path)
	if err != nil {
		return fileError(d.path, err)
	}
	defer file.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(file, f.MaxMegabytes<<20+1))
	if err != nil {
		return fileError(d.path, err)
	}
	after, err := file.Stat()
	if err != nil {
		return fileError(d.path, err)
	}
	if n != d.size || !sameState(after, d) {
		return customer("Sync again when it is complete.", "the document %s changed while it was read", d.path)
	}
	d.sha256, d.read = hex.EncodeToString(sum.Sum(nil)), true
	return nil
}

func sameState(info fs.FileInfo, d *document) bool {
	return info.Size() == d.size && info.ModTime().Equal(d.mtime) && info.Mode().IsRegular()
}

// mediaOf returns the type of a document by its name.
func mediaOf(name string) string {
	return map[string]string{
		".pdf": "application/pdf", ".md": "text/markdown", ".txt": "text/plain", ".html": "text/html", ".htm": "text/html",
		".doc": "application/msword", ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		".xls": "application/vnd.ms-excel", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		".ppt": "application/vnd.ms-powerpoint", ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
		".odt": "application/vnd.oasis.opendocument.text", ".ods": "application/vnd.oasis.opendocument.spreadsheet", ".rtf": "application/rtf",
		".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".tif": "image/tiff", ".tiff": "image/tiff", ".csv": "text/csv",
		".eml": "message/rfc822", ".zip": "application/zip", ".asice": "application/vnd.etsi.asic-e+zip", ".p7m": "application/pkcs7-mime",
	}[strings.ToLower(path.Ext(name))]
}

func (d *document) isPolicy() bool {
	return strings.EqualFold(strings.TrimSpace(d.meta.Kind), "policy")
}

// title is that of the description, else the name of the file without its ending.
func (d *document) title() string {
	base := path.Base(d.path)
	return cmp.Or(strings.TrimSpace(d.meta.Title), strings.TrimSuffix(base, path.Ext(base)), base)
}

// vendor has what the fields of the kinds do not have.
func (d *document) vendor() json.RawMessage {
	members := map[string]any{"path": d.path, "bytes": d.size, "described": d.described}
	for name, text := range map[string]string{
		"kind": d.meta.Kind, "sha256": d.sha256, "media_type": d.media, "version": d.meta.Version, "issuer": d.meta.Issuer,
		"number": d.meta.Number,
		"status": d.meta.Status,
	} {
		if text != "" {
			members[name] = text
		}
	}
	for name, at := range d.dates {
		if !at.IsZero() {
			members[name] = at
		}
	}
	if len(d.meta.Details) > 0 {
		members["details"] = d.meta.Details
	}
	raw, _ := json.Marshal(members) // texts, numbers and times always encode
	return raw
}

func (d *document) policy() kind.Policy {
	status := d.meta.Status
	if status == "" && !d.dates["approved"].IsZero() {
		status = "approved"
	}
	return kind.Policy{
		ExternalID: d.key, Title: d.title(), Version: d.meta.Version, Status: kind.Word(status), Owner: d.meta.Owner, URL: d.meta.URL,
		ApprovedAt: d.dates["approved"], ReviewDueAt: d.dates["review_due"], Vendor: d.vendor(),
	}
}

func (d *document) document() kind.Document {
	return kind.Document{
		ExternalID: d.key, Title: d.title(), URL: d.meta.URL, MediaType: d.media, Bytes: &d.size, SHA256: d.sha256, Owner: d.meta.Owner,
		UpdatedAt: kind.At(d.mtime.Truncate(time.Second)), Vendor: d.vendor(),
	}
}
