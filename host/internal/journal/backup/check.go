package backup

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/pack"
)

// check compares the entries of a backup with one another as they are read.
type check struct {
	codec  *pack.Codec
	chains map[string]layout.Chain
	newer  map[string]*newerEntry // by connection, the entry whose predecessor comes next
}

type newerEntry struct {
	id layout.EntryID
	layout.Entry
}

func (c *check) entry(k, value []byte) (err error) {
	switch k[0] {
	case layout.PrefixChain:
		id, _, cutErr := layout.CutText(k[1:])
		c.chains[id], err = layout.UnpackChain(value)
		if err := errors.Join(cutErr, err); err != nil {
			return damaged("the head of a chain cannot be read", err)
		}
	case layout.PrefixChange:
		return c.change(k, value)
	case layout.PrefixVersion:
		if _, err := layout.UnpackVersion(value); err != nil {
			return damaged(fmt.Sprintf("a version under key %q cannot be read", k[5:]), err)
		}
	case layout.PrefixPack:
		if _, err := c.codec.Unpack(value); err != nil {
			return damaged(fmt.Sprintf("documents under key %q cannot be read", k[5:]), err)
		}
	case layout.PrefixSecret:
		return damaged("it holds a secret", nil)
	}
	return nil
}

// change takes the entries of a change log newest first.
func (c *check) change(k, value []byte) error {
	id, _, err := layout.CutText(k[1:])
	if err != nil {
		return damaged("a key of the change log cannot be read", err)
	}
	entry, err := layout.CutEntry(k, id)
	e, entryErr := layout.UnpackEntry(value)
	if err := errors.Join(err, entryErr); err != nil {
		return damaged("an entry of the change log cannot be read", err)
	}
	chain := c.chains[id]
	newer := c.newer[id]
	switch {
	case newer == nil && (e.Number != chain.Length || e.Link != chain.Head):
		return damaged(fmt.Sprintf("the change log of connection %s does not end where its chain does", id), nil)
	case newer != nil && (newer.Number != e.Number+1 || e.Link.Next(newer.Number, newer.id, newer.Body) != newer.Link):
		return damaged(fmt.Sprintf("entry %d of the change log of connection %s does not follow entry %d", newer.Number, id, e.Number), nil)
	}
	e.Body = bytes.Clone(e.Body)
	c.newer[id] = &newerEntry{entry, e}
	return nil
}

// end checks the oldest entries, which follow the anchors, and that every chain is
// the one the manifest names.
func (c *check) end(b host.Backup) error {
	for id, oldest := range c.newer {
		chain := c.chains[id]
		if oldest.Number <= chain.Anchor {
			continue // waits to be deleted
		}
		if oldest.Number != chain.Anchor+1 || chain.AnchorLink.Next(oldest.Number, oldest.id, oldest.Body) != oldest.Link {
			return damaged(fmt.Sprintf("the change log of connection %s does not begin where its chain does", id), nil)
		}
	}
	for _, state := range b.Connections {
		chain := c.chains[state.Connection]
		if chain.Length != state.Length || fmt.Sprintf("%x", chain.Head) != state.Head {
			return damaged(fmt.Sprintf("the chain of connection %s is not the one of the manifest", state.Alias), nil)
		}
		if chain.Length > chain.Anchor && c.newer[state.Connection] == nil {
			return damaged(fmt.Sprintf("the change log of connection %s is missing", state.Alias), nil)
		}
	}
	return nil
}
