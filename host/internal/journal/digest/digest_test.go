package digest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	d, most := New(NewAllowance(1<<40)), 0.0
	for i := range 300_000 {
		d.Put(layout.KeyPrint(fmt.Sprint("user-", i)), layout.ContentPrint([32]byte{1, byte(i)}))
		if i > 10000 && i%1000 == 0 {
			most = max(most, float64(d.held)/float64(i+1))
		}
	}
	if most > 64 {
		t.Errorf("a record took up to %.1f bytes, want at most 64", most)
	}
}

// TestDigestAgreesWithAMap does the same random steps on a digest and on a map.
func TestDigestAgreesWithAMap(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		steps := make([]uint32, 3000)
		for i := range steps {
			steps[i] = random.Uint32()
		}
		if err := agrees(steps, 97+uint32(seed)*100); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// agrees returns the first difference between a digest and a map after the same steps,
// also between what Each visits.
func agrees(steps []uint32, keys uint32) (err error) {
	memory := NewAllowance(1 << 30)
	d := New(memory)
	defer func() {
		err = errors.Join(err, d.Err())
		d.Close()
		if left := memory.left.Load(); left != memory.most {
			err = errors.Join(err, fmt.Errorf("%d bytes of memory are left of %d", left, memory.most))
		}
	}()
	model := map[string]layout.Fingerprint{}
	marks := map[string]bool{}
	for _, step := range steps {
		key := fmt.Sprint(step % keys)
		id := layout.KeyPrint(key)
		switch step >> 20 % 7 {
		case 0:
			d.Put(id, layout.Fingerprint{})
			delete(model, key)
			delete(marks, key)
		case 1, 2:
			d.Mark(id)
			if _, ok := model[key]; ok {
				marks[key] = true
			}
		case 3:
			if step>>8%1021 == 0 {
				d.Unmark()
				clear(marks)
			}
		default:
			content := layout.ContentPrint([32]byte{byte(step), byte(step >> 8), 15: 0xFF})
			d.Put(id, content)
			model[key] = content
			delete(marks, key)
		}
		if d.live != len(model) || d.seen != len(marks) {
			return fmt.Errorf("after %d: live %d of %d, seen %d of %d", step, d.live, len(model), d.seen, len(marks))
		}
		got, marked := d.Get(id)
		if want := model[key]; got != want || marked != marks[key] {
			return fmt.Errorf("after %d: key %s is %x %v, want %x %v", step, key, got, marked, want, marks[key])
		}
	}
	return d.sameAs(model, marks)
}

// sameAs compares everything that Each visits, and all marks, with the model.
func (d *Digest) sameAs(model map[string]layout.Fingerprint, marks map[string]bool) error {
	visited := map[layout.Fingerprint]layout.Fingerprint{}
	if err := d.Each(func(k, content layout.Fingerprint) error { visited[k] = content; return nil }); err != nil {
		return err
	}
	for key, content := range model {
		if visited[layout.KeyPrint(key)] != content {
			return fmt.Errorf("each visits key %s with %x, want %x", key, visited[layout.KeyPrint(key)], content)
		}
		if _, marked := d.Get(layout.KeyPrint(key)); marked != marks[key] {
			return fmt.Errorf("key %s is marked: %v, want %v", key, marked, marks[key])
		}
	}
	if len(visited) != len(model) {
		return fmt.Errorf("each visits %d keys of %d", len(visited), len(model))
	}
	return nil
}
