package catalog_test

import (
	"slices"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
)

func TestConnectorsAreDescribedInTheBackground(t *testing.T) {
	t.Parallel()
	p := hosttest.OpenParts(t, programs)
	before := p.Events.Last()
	known, describing, err := p.Catalog.Known(nil)
	if err != nil || len(known) != 0 || describing != 1 {
		t.Fatalf("before a program is asked it knows %d connectors and describes %d: %v", len(known), describing, err)
	}
	hosttest.Await(t, "the event that says that more is known", func() bool {
		return slices.Contains(p.Kinds(t, "connector", before), "described")
	})
	known, describing, err = p.Catalog.Known(nil)
	if err != nil || describing != 0 || len(known) != 1 || known[0].Name != "Fake" || known[0].Trust == "" {
		t.Fatalf("after the event it knows %+v and describes %d: %v", known, describing, err)
	}
	last := p.Events.Last()
	if _, _, err := p.Catalog.Known(nil); err != nil || p.Events.Last() != last {
		t.Errorf("with nothing left to describe it published an event: %v", err)
	}
}

func TestAStoppedCatalogDescribesNothing(t *testing.T) {
	t.Parallel()
	p := hosttest.OpenParts(t, programs)
	p.Catalog.Stop()
	for range 2 {
		if known, describing, err := p.Catalog.Known(nil); err != nil || len(known) != 0 || describing != 1 {
			t.Errorf("after Stop it knows %v and describes %d: %v", known, describing, err)
		}
	}
	p.Catalog.Stop() // waits for what it would have started
}
