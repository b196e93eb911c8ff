package pack

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/release"
)

// Bounds of what Verify holds in memory.
const (
	mostSealed = 256 << 20 // bytes of the manifest, the proofs and their like
	mostLine   = 4 << 20   // bytes of one line of a list
	mostFiles  = 100_000
)

// Report is what a verification found.
type Report struct {
	OK         bool       `json:"ok" doc:"Nothing is wrong with the pack"`
	Pinned     bool       `json:"pinned" doc:"The key was given; false = the key that the pack names was believed"`
	PublicKey  string     `json:"public_key" doc:"Whose signatures were checked"`
	Demo       bool       `json:"demo"`
	Framework  string     `json:"framework"`
	From       *time.Time `json:"period_from,omitempty"`
	Until      *time.Time `json:"period_until,omitempty"`
	Moment     *time.Time `json:"moment,omitempty"`
	Files      int        `json:"files"`
	Records    int64      `json:"records" doc:"Records whose hash was compared with their content"`
	Proofs     int        `json:"proofs" doc:"Links that are in the tree of the checkpoint"`
	Notices    []string   `json:"notices" doc:"What limits the pack, as its first page says"`
	Complaints []Fault    `json:"complaints"`
}

// Fault is something that is wrong with a pack.
type Fault struct {
	File    string `json:"file,omitempty" doc:"Absent when it is no single file"`
	Message string `json:"message"`
}

// verifying is a verification under way.
type verifying struct {
	ctx    context.Context
	report Report
	files  map[string]*zip.File
	hashes map[string]string // of the files that could be read
	public ed25519.PublicKey
}

func (v *verifying) fault(file, format string, args ...any) {
	v.report.Complaints = append(v.report.Complaints, Fault{file, fmt.Sprintf(format, args...)})
}

// Verify checks a pack. Key is the public key that has to have signed it; empty believes the pack. The error is for what cannot be
// read as a pack at all.
func Verify(ctx context.Context, from io.ReaderAt, size int64, key string) (Report, error) {
	v := &verifying{ctx: ctx, report: Report{Notices: []string{}, Complaints: []Fault{}, Pinned: key != ""},
		files: map[string]*zip.File{}, hashes: map[string]string{}}
	read, err := zip.NewReader(from, size)
	if err != nil {
		return v.report, host.Invalid("file", nil, "is not a pack: it cannot be read as a zip file").Because(err)
	}
	if v.names(read); v.files[nameManifest] == nil {
		v.fault(nameManifest, "the file is missing: this is no pack, or it was cut")
		return v.report, nil
	}
	var s statement
	raw := v.sealed(nameManifest)
	if raw != nil {
		if err := strictly(raw, &s); err != nil {
			v.fault(nameManifest, "it cannot be read as a manifest: %v", err)
			raw = nil
		}
	}
	if key, err = v.key(key, s); err != nil {
		return v.report, err
	}
	trusted := raw != nil && v.signed(raw, key)
	if err := v.hash(); err != nil {
		return v.report, err
	}
	v.sums(key)
	if raw != nil {
		v.describe(s.Predicate)
		if trusted {
			v.subjects(s)
		}
		v.contents(s.Predicate)
	}
	v.report.Files = len(v.files)
	slices.SortFunc(v.report.Complaints, func(a, b Fault) int {
		return cmp.Or(strings.Compare(a.File, b.File), strings.Compare(a.Message, b.Message))
	})
	v.report.Complaints = slices.Compact(v.report.Complaints)
	v.report.OK = len(v.report.Complaints) == 0
	return v.report, nil
}

// names takes the files of the archive and complains of names that no pack has.
func (v *verifying) names(read *zip.Reader) {
	if len(read.File) > mostFiles {
		v.fault("", "there are %d files; a pack has at most %d", len(read.File), mostFiles)
		return
	}
	before := ""
	for _, f := range read.File {
		switch {
		case v.files[f.Name] != nil:
			v.fault(f.Name, "the file is there twice")
			continue
		case f.Name < before:
			v.fault(f.Name, "the file is out of order: the archive was packed again")
		case strings.ContainsAny(f.Name, "\\:") || strings.HasPrefix(f.Name, "/") || slices.Contains(strings.Split(f.Name, "/"), ".."):
			v.fault(f.Name, "no file of a pack has such a name")
		}
		v.files[f.Name], before = f, f.Name
	}
}

// key returns the key to check with: the one that was given, or the one that the pack names.
func (v *verifying) key(given string, s statement) (string, error) {
	key, err := release.ParseSigner(cmp.Or(given, s.Predicate.PublicKey))
	if err != nil && given != "" {
		return "", host.Invalid("key", given, "is not a public key: it is one word that begins with RW").Because(err)
	}
	if err != nil {
		v.fault(nameManifest, "it names no public key: %v", err)
		return "", nil
	}
	if given != "" && s.Predicate.PublicKey != "" && s.Predicate.PublicKey != key {
		v.fault(nameManifest, "it was signed with the key %s, not with the one that was given", s.Predicate.PublicKey)
	}
	v.report.PublicKey = key
	v.public, err = release.Ed25519Public(key)
	return key, err
}

// sealed returns a file that seals a pack, or nil with a complaint.
func (v *verifying) sealed(name string) []byte {
	f := v.files[name]
	if f == nil {
		v.fault(name, "the file is missing")
		return nil
	}
	raw, err := readAll(f)
	if err != nil {
		v.fault(name, "the file was changed: %v", err)
		return nil
	}
	return raw
}

func readAll(f *zip.File) ([]byte, error) {
	if f.UncompressedSize64 > mostSealed {
		return nil, fmt.Errorf("it has %d bytes, which is more than a pack has", f.UncompressedSize64)
	}
	from, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer from.Close()
	return io.ReadAll(io.LimitReader(from, mostSealed))
}

// signed checks both signatures of the manifest. An envelope of another payload is the envelope's fault when the other signature is right.
func (v *verifying) signed(raw []byte, key string) bool {
	signature, envelope := v.sealed(nameSignature), v.sealed(nameEnvelope)
	if key == "" {
		return false
	}
	var mini error
	if signature != nil {
		mini = checkText(raw, signature, key)
	}
	dsse := v.opened(envelope, raw)
	switch {
	case mini != nil && dsse != nil:
		v.fault(nameManifest, "the file was changed, or another key signed it: neither signature is right")
	case mini != nil:
		v.fault(nameSignature, "the file was changed: %v", mini)
	case dsse != nil && envelope != nil:
		v.fault(nameEnvelope, "the file was changed: %v", dsse)
	}
	return signature != nil && mini == nil || envelope != nil && dsse == nil
}

// checkText checks a signature for minisign. Its first line is not signed, so it has to be the one that Write writes.
func checkText(text, signature []byte, key string) error {
	if !bytes.HasPrefix(signature, []byte("untrusted comment: "+commentPlain+"\n")) {
		return errors.New("its comment is another one than packs have")
	}
	return release.VerifyText(text, signature, key)
}

// opened returns what is wrong with an envelope of the manifest.
func (v *verifying) opened(raw, manifest []byte) error {
	if raw == nil {
		return errors.New("it is missing")
	}
	var e dsse
	if err := strictly(raw, &e); err != nil {
		return fmt.Errorf("it cannot be read: %w", err)
	}
	payload, err := base64.StdEncoding.Strict().DecodeString(e.Payload)
	if err != nil || e.PayloadType != payloadType || len(e.Signatures) != 1 || e.Signatures[0].KeyID != keyID(v.public) {
		return errors.New("it is not the envelope of a manifest by this key")
	}
	if !bytes.Equal(payload, manifest) {
		return errors.New("it has another manifest")
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(e.Signatures[0].Sig)
	if err != nil || !ed25519.Verify(v.public, encoded(payload), signature) {
		return errors.New("its signature is wrong")
	}
	return nil
}

// strictly reads JSON that has nothing but what is known, written as Write writes it.
func strictly(raw []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// hash reads every file.
func (v *verifying) hash() error {
	for name, f := range v.files {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		sum := sha256.New()
		from, err := f.Open()
		if err == nil {
			_, err = io.Copy(sum, &watched{v.ctx, from})
			from.Close()
		}
		if v.ctx.Err() != nil {
			return v.ctx.Err()
		}
		if err != nil {
			v.fault(name, "the file was changed: %v", err)
			continue
		}
		v.hashes[name] = hex.EncodeToString(sum.Sum(nil))
	}
	return nil
}

// watched is a reader that ends with its context.
type watched struct {
	ctx  context.Context
	from io.Reader
}

// Read implements io.Reader.
func (w *watched) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.from.Read(p)
}

// sums checks the list of sums and its signature.
func (v *verifying) sums(key string) {
	sums, signature := v.sealed(nameSums), v.sealed(nameSumsSig)
	if sums == nil || signature == nil || key == "" {
		return
	}
	var files []File
	for name, sum := range v.hashes {
		if name != nameSums && name != nameSumsSig {
			files = append(files, File{Name: name, SHA256: sum})
		}
	}
	wrong := checkText(sums, signature, key)
	switch {
	case wrong != nil && bytes.Equal(sums, sumsOf(files)):
		v.fault(nameSumsSig, "the file was changed: %v", wrong)
	case wrong != nil:
		v.fault(nameSums, "the file was changed, or another key signed it: %v", wrong)
	default:
		for row := range strings.Lines(string(sums)) {
			sum, name, _ := strings.Cut(strings.TrimSuffix(row, "\n"), "  ")
			if v.hashes[name] != "" && v.hashes[name] != sum {
				v.fault(name, "the file was changed: its hash is another one than was signed")
			}
		}
	}
}

// subjects compares the files with the manifest: each is there, unchanged, and there is no other.
func (v *verifying) subjects(s statement) {
	if s.Type != statementType || s.PredicateType != predicateType {
		v.fault(nameManifest, "it is of another kind: %s, %s", s.Type, s.PredicateType)
	}
	known := map[string]bool{nameManifest: true, nameEnvelope: true, nameSignature: true, nameSums: true, nameSumsSig: true}
	for _, one := range s.Subject {
		known[one.Name] = true
		switch sum := v.hashes[one.Name]; {
		case v.files[one.Name] == nil:
			v.fault(one.Name, "the file is missing")
		case sum != "" && sum != one.Digest["sha256"]:
			v.fault(one.Name, "the file was changed: its hash is another one than was signed")
		}
	}
	for name := range v.files {
		if !known[name] {
			v.fault(name, "the file was added: the manifest does not name it")
		}
	}
}

func (v *verifying) describe(p predicate) {
	v.report.Demo, v.report.Framework = p.Demo, p.Framework.ID
	v.report.From, v.report.Until, v.report.Moment = &p.From, &p.Until, &p.Moment
	v.report.Notices = append(v.report.Notices, p.Notices...)
}

// contents checks what the files say: each record has its hash, each list as many as the manifest says, each run its proof. Files that
// were changed are left out: they are named already.
func (v *verifying) contents(p predicate) {
	if len(v.report.Complaints) > 0 {
		return
	}
	for _, l := range p.Populations {
		n, err := v.records(l.File)
		switch {
		case err != nil:
			v.fault(l.File, "%v", err)
		case n != l.Records:
			v.fault(l.File, "it has %d records, the manifest says %d", n, l.Records)
		}
		v.report.Records += n
	}
	checkpoint, raw := v.sealed(nameCheckpoint), v.sealed(nameProofs)
	if checkpoint == nil || raw == nil {
		return
	}
	o, err := openCheckpoint(checkpoint, v.public, p.Moment)
	if err != nil {
		v.fault(nameCheckpoint, "%v", err)
		return
	}
	var found proofs
	if err := strictly(raw, &found); err != nil {
		v.fault(nameProofs, "it cannot be read: %v", err)
		return
	}
	if err := o.checkAll(found, p.Populations); err != nil {
		v.fault(nameProofs, "%v", err)
	}
	v.report.Proofs = len(found.Heads)
	for _, r := range found.Runs {
		if r.Leaf != nil {
			v.report.Proofs++
		}
	}
}

// records compares the records of a list with their hashes, and counts them.
func (v *verifying) records(name string) (n int64, err error) {
	f := v.files[name]
	if f == nil {
		return 0, errors.New("the manifest names a list that is not there")
	}
	from, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer from.Close()
	scanner := bufio.NewScanner(&watched{v.ctx, from})
	scanner.Buffer(nil, mostLine)
	for scanner.Scan() {
		n++
		var r row
		if err := json.Unmarshal(scanner.Bytes(), &r); err != nil {
			return n, fmt.Errorf("line %d is no record: %w", n, err)
		}
		if sum := sha256.Sum256(r.Data); hex.EncodeToString(sum[:]) != r.Hash {
			return n, fmt.Errorf("line %d: the record %q has another hash than is said of it", n, r.Key)
		}
	}
	return n, scanner.Err()
}
