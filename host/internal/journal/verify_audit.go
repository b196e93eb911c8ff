package journal

import (
	"crypto/sha256"
	"fmt"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"

	"github.com/plumbline-dev/plumbline/host"
)

// documentName names a document in all collections.
type documentName struct{ collection, key string }

// lastWord is what the audit log says last of a document.
type lastWord struct {
	revision uint64
	hash     [sha256.Size]byte
	gone     bool
	number   uint64 // of the entry
}

// audit checks the audit log's chain and that every document is as its last entry
// says. Entries of the audit log are never pruned, so each document has one.
func (v *verifier) audit(txn *badgerdir.Txn) error {
	v.result.Audit.Connection, v.result.Audit.Alias = auditChain, "audit log"
	last := map[documentName]lastWord{}
	err := v.walk(txn, auditChain, &v.result.Audit, func(_ entryPlace, e logEntry, bad *host.BadEntry) {
		body, err := unpackBody(e)
		if err != nil {
			v.bad(badAudit, *bad, "the entry of the audit log cannot be read: %v", err)
			return
		}
		v.result.Audit.Versions += len(body.Edited)
		for _, d := range body.Edited {
			name, before := documentName{d.Collection, d.Key}, last[documentName{d.Collection, d.Key}]
			if d.Revision != before.revision+1 && !before.gone {
				bad.Key = d.Collection + " " + d.Key
				v.bad(badAudit, *bad, "revision %d of %s %q follows revision %d", d.Revision, d.Collection, d.Key, before.revision)
			}
			last[name] = lastWord{revision: d.Revision, hash: sha256.Sum256(d.Value), gone: d.Action == host.ActionDeleted, number: e.number}
		}
	})
	if err != nil {
		return fmt.Errorf("read audit log: %w", err)
	}
	return v.documents(txn, last)
}

// documents holds what is stored against what the audit log says of it.
func (v *verifier) documents(txn *badgerdir.Txn, last map[documentName]lastWord) error {
	err := each(txn, []byte{prefixDocument}, func(item *badgerdir.Item) error {
		name, err := cutDocument(item.Key())
		if err != nil {
			v.bad(badDocument, host.BadEntry{}, "a document has a malformed key")
			return v.step()
		}
		bad := host.BadEntry{Key: name.collection + " " + name.key}
		var stored document
		if err := unmarshal(item, &stored); err != nil {
			v.bad(badDocument, bad, "the document cannot be read: %v", err)
		}
		word, known := last[name]
		delete(last, name)
		at := stored.At
		bad.At, bad.Number = &at, word.number
		switch {
		case !known || word.gone:
			v.bad(badDocument, bad, "%s %q is stored, and the audit log says nothing of it or that it was deleted", name.collection, name.key)
		case stored.Revision != word.revision || sha256.Sum256(stored.Value) != word.hash:
			v.bad(badDocument, bad, "%s %q is not as entry %d of the audit log says", name.collection, name.key, word.number)
		}
		v.result.Audit.Records++
		return v.step()
	})
	if err != nil {
		return fmt.Errorf("read documents: %w", err)
	}
	for name, word := range last {
		if !word.gone {
			v.bad(badDocument, host.BadEntry{Key: name.collection + " " + name.key, Number: word.number},
				"%s %q is missing; entry %d of the audit log says that it is stored", name.collection, name.key, word.number)
		}
	}
	return v.ctx.Err()
}

func cutDocument(k []byte) (name documentName, err error) {
	if len(k) == 0 {
		return name, errKey
	}
	var rest []byte
	if name.collection, rest, err = cutText(k[1:]); err != nil {
		return name, err
	}
	name.key, _, err = cutText(rest)
	return name, err
}
