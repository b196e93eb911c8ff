package store_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/store"
)

// TestWhatReadersTouchStays looks at when mapped files are put away: while Badger
// does something large by itself, for a minute after much was written, and never
// because of readers alone, who would have to get them from the disk again. Looking
// costs, so nothing is left of what Badger did when it is done.
func TestWhatReadersTouchStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mapped := store.NewMapped(store.Options{Dir: t.TempDir()})
		want := func(when string, stirred bool) {
			t.Helper()
			if mapped.Stirred() != stirred {
				t.Errorf("%s: files are put away: %t; want %t", when, !stirred, stirred)
			}
		}
		want("at first", false)
		first, second := mapped.Hold(), mapped.Hold()
		<-time.After(time.Hour)
		want("for as long as two large works take", true)
		first()
		<-time.After(time.Hour)
		want("for as long as the other takes", true)
		second()
		want("after them", false)
		mapped.Stir()
		<-time.After(59 * time.Second)
		want("for a minute after much was written", true)
		<-time.After(2 * time.Second)
		want("later", false)
	})
}
