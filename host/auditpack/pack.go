// Package auditpack has the nouns of evidence packs. Of ours it imports package host alone. As there, the JSON names are the product's
// public contract.
package auditpack

import (
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// CodeKeyLost is of a pack that cannot be signed: the secret key is not stored any more.
const CodeKeyLost = "evidence.key_lost"

// Pack is evidence that was put into one file for an auditor, and the document that the audit log has of it. The file is not encrypted:
// it holds records.
type Pack struct {
	ID         string        `json:"id"`
	Preview    bool          `json:"preview,omitempty" doc:"Nothing was kept: it says what a pack would hold"`
	Framework  string        `json:"framework" doc:"Id of the framework"`
	From       time.Time     `json:"from" doc:"When the period begins"`
	Until      time.Time     `json:"until" doc:"When the period ends"`
	Moment     time.Time     `json:"moment" doc:"That everything is of: the end of the period, or the start of the pack if that was earlier"`
	Controls   []string      `json:"controls,omitempty" doc:"Ids of the controls that were chosen; absent = all of the framework"`
	Demo       bool          `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
	StartedAt  time.Time     `json:"started_at"`
	FinishedAt *time.Time    `json:"finished_at,omitempty"`
	Status     string        `json:"status" enum:"running,done,failed,cancelled"`
	File       string        `json:"file,omitempty" doc:"Name of the file"`
	Kept       bool          `json:"kept" doc:"The file is there"`
	Bytes      int64         `json:"bytes,omitempty"`
	SHA256     string        `json:"sha256,omitempty" doc:"Of the whole file, lower-case hex"`
	Key        string        `json:"key,omitempty" doc:"Public key that verifies it"`
	Records    int64         `json:"records" doc:"Records of all populations"`
	Notices    []string      `json:"notices,omitempty" doc:"What limits what it shows, as its first page says"`
	Absent     []string      `json:"not_contained,omitempty" doc:"Parts that packs can have and this one does not"`
	Files      []PackFile    `json:"files,omitempty" doc:"What is in it; in the answer of one pack alone"`
	By         *host.Actor   `json:"by,omitempty" doc:"Who made it"`
	Downloaded *PackDownload `json:"downloaded,omitempty" doc:"Who read the file last; the audit log has every time"`
}

// PackFile is a file in a pack.
type PackFile struct {
	Name    string `json:"name"`
	Bytes   int64  `json:"bytes" doc:"Before it is compressed"`
	Records int64  `json:"records" doc:"Lines of a list, without a heading"`
}

// PackDownload says who read a file.
type PackDownload struct {
	By host.Actor `json:"by"`
	At time.Time  `json:"at"`
}

// PackKey is the key that signs packs, without its secret.
type PackKey struct {
	Made   bool            `json:"made" doc:"There is a key; the first pack makes one"`
	Public string          `json:"public,omitempty" doc:"The public key, as minisign takes it"`
	MadeAt *time.Time      `json:"made_at,omitempty"`
	Lost   bool            `json:"lost,omitempty" doc:"The secret key is not stored any more, as after a restore from a backup"`
	Former []FormerPackKey `json:"former" doc:"Keys that signed packs before, newest first"`
}

// FormerPackKey is a key that signs no more.
type FormerPackKey struct {
	Public    string    `json:"public"`
	MadeAt    time.Time `json:"made_at"`
	RetiredAt time.Time `json:"retired_at"`
}
