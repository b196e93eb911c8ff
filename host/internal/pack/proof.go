package pack

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The files of the journal.
const (
	nameCheckpoint = "journal/checkpoint.txt"
	nameProofs     = "journal/proofs.json"
)

// leafOf returns what the tree has of a link.
func leafOf(l Link) []byte {
	return fmt.Appendf(nil, "plumbline link 1\n%s\n%d\n%d\n%s\n%s\n%s\n", l.Connection, l.Number, l.At.UnixNano(), l.Hash, l.Run, l.Stream)
}

// Proven is a link with the proof that it is in the tree.
type Proven struct {
	Link
	Index int64    `json:"index"`
	Proof []string `json:"proof"` // hashes in Base64
}

// RunProof says at which link of its connection's chain a run ended.
type RunProof struct {
	Run        string    `json:"run"`
	Connection string    `json:"connection"`
	Alias      string    `json:"alias"`
	FinishedAt time.Time `json:"finished_at"`
	Wrote      bool      `json:"wrote"` // the link is of a change of this run; false = it changed nothing since the link
	Leaf       *Proven   `json:"leaf"`  // null = nothing had been written for the connection by then, or it is not kept
}

// Head is the latest link of a chain.
type Head struct {
	Alias string `json:"alias"`
	Proven
}

// proofs is the file of proofs.
type proofs struct {
	Size  int64      `json:"tree_size"`
	Root  string     `json:"root"`
	Runs  []RunProof `json:"runs"`
	Heads []Head     `json:"heads"`
}

// tree is a Merkle tree over links.
type tree struct {
	hashes []tlog.Hash
	size   int64
}

// ReadHashes implements tlog.HashReader.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		if at < 0 || at >= int64(len(t.hashes)) {
			return nil, fmt.Errorf("read hash %d of %d", at, len(t.hashes))
		}
		found[i] = t.hashes[at]
	}
	return found, nil
}

func (t *tree) add(leaf []byte) error {
	hashes, err := tlog.StoredHashes(t.size, leaf, t)
	if err != nil {
		return fmt.Errorf("hash link %d: %w", t.size, err)
	}
	t.hashes = append(t.hashes, hashes...)
	t.size++
	return nil
}

func (t *tree) prove(p *Proven) error {
	path, err := tlog.ProveRecord(t.size, p.Index, t)
	if err != nil {
		return fmt.Errorf("prove link %d: %w", p.Index, err)
	}
	p.Proof = []string{}
	for _, hash := range path {
		p.Proof = append(p.Proof, base64.StdEncoding.EncodeToString(hash[:]))
	}
	return nil
}

// journal writes the checkpoint and the proofs.
func (a *archive) journal(c *Content, m *manifest) error {
	t, p, err := a.links(c)
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(t.size, t)
	if err != nil {
		return fmt.Errorf("hash the tree: %w", err)
	}
	p.Size, p.Root = t.size, base64.StdEncoding.EncodeToString(root[:])
	for i := range p.Runs {
		if p.Runs[i].Leaf != nil {
			if err := t.prove(p.Runs[i].Leaf); err != nil {
				return err
			}
		}
	}
	for i := range p.Heads {
		if err := t.prove(&p.Heads[i].Proven); err != nil {
			return err
		}
	}
	signed, err := checkpoint(m, c, p)
	if err != nil {
		return err
	}
	if err := a.text(nameCheckpoint, signed); err != nil {
		return err
	}
	raw, err := indented(p)
	if err != nil {
		return err
	}
	return a.text(nameProofs, raw)
}

// links makes the tree, and finds the links at which the chains and the runs of the populations ended.
func (a *archive) links(c *Content) (*tree, *proofs, error) {
	t, p := &tree{}, &proofs{Runs: runsOf(c), Heads: []Head{}}
	heads := map[string]Proven{}
	err := c.Chain.Links(a.ctx, func(l Link) error {
		l.At = l.At.UTC()
		here := Proven{Link: l, Index: t.size}
		heads[l.Connection] = here
		for i := range p.Runs {
			if r := &p.Runs[i]; r.Connection == l.Connection && (!l.At.After(r.FinishedAt) || l.Run == r.Run) {
				r.Leaf, r.Wrote = &here, l.Run == r.Run
			}
		}
		return t.add(leafOf(l))
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read the chains: %w", err)
	}
	for _, connection := range slices.Sorted(keys(heads)) {
		alias := c.Chain.Aliases[connection]
		if connection == "" {
			alias = "the audit log"
		}
		p.Heads = append(p.Heads, Head{Alias: alias, Proven: heads[connection]})
	}
	return t, p, nil
}

// runsOf returns the runs that read the populations, whose proofs are wanted.
func runsOf(c *Content) []RunProof {
	seen := map[string]bool{}
	runs := []RunProof{}
	for i := range c.Populations {
		p := &c.Populations[i]
		if run := p.WholeRun; run != nil && !seen[run.ID] {
			seen[run.ID] = true
			runs = append(runs, RunProof{Run: run.ID, Connection: p.Connection, Alias: p.Alias, FinishedAt: run.FinishedAt.UTC()})
		}
	}
	slices.SortFunc(runs, func(a, b RunProof) int { return strings.Compare(a.Run, b.Run) })
	return runs
}

// originOf names the log of a key.
func originOf(public ed25519.PublicKey) string { return "plumbline.dev/journal/" + keyID(public)[:16] }

// checkpoint returns the signed note: origin, size and root of the tree, then the moment and the head of each chain.
func checkpoint(m *manifest, c *Content, p *proofs) ([]byte, error) {
	public := publicOf(m.signer)
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n%d\n%s\nmoment %s\n", originOf(public), p.Size, p.Root, c.Moment.UTC().Format(time.RFC3339Nano))
	for _, h := range p.Heads {
		fmt.Fprintf(&text, "head %s %d %s\n", nameOfChain(h.Connection), h.Number, h.Hash)
	}
	signer, err := note.NewSigner(signerText(originOf(public), m.signer))
	if err != nil {
		return nil, fmt.Errorf("read key of the checkpoint: %w", err)
	}
	return note.Sign(&note.Note{Text: text.String()}, signer)
}

func nameOfChain(connection string) string {
	if connection == "" {
		return "audit"
	}
	return connection
}

// algorithm is how signed notes name Ed25519.
const algorithm = 1

// signerText returns a key as package note reads it.
func signerText(name string, key ed25519.PrivateKey) string {
	public := append([]byte{algorithm}, publicOf(key)...)
	sum := sha256.Sum256(append([]byte(name+"\n"), public...))
	private := append([]byte{algorithm}, key.Seed()...)
	return "PRIVATE+KEY+" + name + "+" + hex8(binary.BigEndian.Uint32(sum[:])) + "+" + base64.StdEncoding.EncodeToString(private)
}

func hex8(n uint32) string { return hex.EncodeToString(binary.BigEndian.AppendUint32(nil, n)) }

// opened is a checkpoint whose signature is right.
type opened struct {
	size  int64
	root  tlog.Hash
	heads map[string]string // by name of the chain: number and link
}

// openCheckpoint verifies and reads a checkpoint.
func openCheckpoint(raw []byte, public ed25519.PublicKey, moment time.Time) (o opened, err error) {
	key, err := note.NewEd25519VerifierKey(originOf(public), public)
	if err != nil {
		return o, err
	}
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return o, err
	}
	n, err := note.Open(raw, note.VerifierList(verifier))
	if err != nil {
		return o, fmt.Errorf("the signature of the checkpoint is wrong: %w", err)
	}
	rows := strings.Split(strings.TrimSuffix(n.Text, "\n"), "\n")
	if len(rows) < 4 || rows[0] != originOf(public) || rows[3] != "moment "+moment.UTC().Format(time.RFC3339Nano) {
		return o, fmt.Errorf("the checkpoint is of another journal or of another moment than the manifest")
	}
	if o.size, err = strconv.ParseInt(rows[1], 10, 64); err != nil || o.size < 0 {
		return o, fmt.Errorf("the checkpoint has no size")
	}
	root, err := base64.StdEncoding.DecodeString(rows[2])
	if err != nil || len(root) != tlog.HashSize {
		return o, fmt.Errorf("the checkpoint has no root")
	}
	copy(o.root[:], root)
	o.heads = map[string]string{}
	for _, line := range rows[4:] {
		if words := strings.Fields(line); len(words) == 4 && words[0] == "head" {
			o.heads[words[1]] = words[2] + " " + words[3]
		}
	}
	return o, nil
}

// check verifies that a link is in the tree of a checkpoint.
func (o opened) check(p Proven) error {
	var path tlog.RecordProof
	for _, text := range p.Proof {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(raw) != tlog.HashSize {
			return fmt.Errorf("the proof of link %d of %s cannot be read", p.Number, nameOfChain(p.Connection))
		}
		path = append(path, tlog.Hash(raw))
	}
	if err := tlog.CheckRecord(path, o.size, o.root, p.Index, tlog.RecordHash(leafOf(p.Link))); err != nil {
		return fmt.Errorf("link %d of %s is not in the tree of the checkpoint", p.Number, nameOfChain(p.Connection))
	}
	return nil
}

// checkAll verifies every proof, that the heads are those of the checkpoint, and that every run that read a population has a proof.
func (o opened) checkAll(p proofs, populations []Listed) error {
	if p.Size != o.size || p.Root != base64.StdEncoding.EncodeToString(o.root[:]) {
		return fmt.Errorf("the proofs are of another tree than the checkpoint")
	}
	if len(p.Heads) != len(o.heads) {
		return fmt.Errorf("the proofs name %d chains, the checkpoint %d", len(p.Heads), len(o.heads))
	}
	for _, h := range p.Heads {
		if o.heads[nameOfChain(h.Connection)] != fmt.Sprintf("%d %s", h.Number, h.Hash) {
			return fmt.Errorf("the head of the chain %s is another one than in the checkpoint", nameOfChain(h.Connection))
		}
		if err := o.check(h.Proven); err != nil {
			return err
		}
	}
	runs := map[string]RunProof{}
	for _, r := range p.Runs {
		runs[r.Run] = r
		if r.Leaf == nil {
			continue
		}
		if r.Leaf.Connection != r.Connection || r.Leaf.At.After(r.FinishedAt) && r.Leaf.Run != r.Run {
			return fmt.Errorf("the link of run %s is of another connection, or later than the run", r.Run)
		}
		if err := o.check(*r.Leaf); err != nil {
			return fmt.Errorf("run %s: %w", r.Run, err)
		}
	}
	for _, l := range populations {
		if r, found := runs[l.WholeRun]; l.WholeRun != "" && (!found || r.Connection != l.Connection || r.Leaf == nil && l.Records > 0) {
			return fmt.Errorf("the run %s that read %s has no proof", l.WholeRun, l.File)
		}
	}
	return nil
}
