package main

import (
	"bytes"
	"context"
	"os"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
)

// connectorFaults are programs that misbehave in the middle of their work.
func connectorFaults() []fault {
	atWork := slices.DeleteFunc(inConnector(), draining)
	streams := []string{"connector.users.page", "connector.devices.page", "connector.findings.acked"}
	return []fault{
		{name: "panic", moments: atWork, inject: order("goroutine"), status: notWhole, codes: []string{"internal.panic"}},
		{name: "panic-guarded", moments: streams, inject: order("panic"), status: notWhole, codes: []string{"internal.panic"}},
		{name: "exit0", moments: atWork, inject: order("exit0"), status: notWhole, codes: []string{"connector.exited"}},
		{name: "hang-draining", moments: []string{"connector.drain"}, inject: order("hang"), status: stopped, codes: []string{"cancelled"}},
		{name: "leak", moments: streams, inject: order("leak"), status: notWhole, codes: []string{"upstream.5xx"}},
		{name: "auth-invalid", moments: []string{"connector.connect"}, inject: order("fail auth.invalid"), status: notWhole, codes: []string{"auth.invalid"}},
		{name: "grandchild", moments: streams, inject: order("grandchild"), status: whole},
		{name: "grandchild-exit0", moments: streams, inject: order("grandchild;exit0"), status: notWhole, codes: []string{"connector.exited"}},
		{name: "escaped-grandchild", moments: streams, place: uncontained, inject: escape("escape"), status: whole},
		{name: "escaped-grandchild-exit0", moments: streams[:1], place: uncontained, inject: escape("escape;exit0"), status: notWhole, codes: []string{"connector.exited"}},
		{name: "escape-refused", moments: streams, inject: order("escape"), status: whole},
		{name: "noise-stdout", moments: streams, inject: order("stdout"), status: whole},
		{name: "line-stderr", moments: streams, inject: order("stderr"), status: whole},
	}
}

// uncontained runs connectors as on a machine whose kernel cannot contain them.
func uncontained(w *world) error {
	w.environ = append(w.environ, "CHAOS_UNCONTAINED=1")
	return nil
}

// escape lets a process leave its group. Nothing can end it but who knows it. It is
// known by its argument: Go tries out with a child of a moment what the kernel can do.
func escape(words string) func(context.Context, *world, *visit) error {
	return func(_ context.Context, w *world, v *visit) error {
		known := w.lingering()
		v.release(words)
		within(allowed(startLimit), func() bool {
			w.escaped = slices.DeleteFunc(w.lingering(), func(pid int) bool { return slices.Contains(known, pid) })
			return len(w.escaped) > 0
		})
		return nil
	}
}

// startFaults are programs that cannot be started, or are not what they were.
func startFaults() []fault {
	introduction := func(name string) fault {
		words, _ := bytes.CutPrefix([]byte(name), []byte("start-"))
		return fault{
			name: name, moments: []string{"host.start"}, status: notWhole, codes: []string{host.CodeNotAConnector, host.CodeConnectorStart},
			inject: func(_ context.Context, w *world, _ *visit) error {
				return os.WriteFile(w.connector()+".order", words, 0o600)
			},
			undo: func(_ context.Context, w *world) error { return os.Remove(w.connector() + ".order") },
		}
	}
	install := func(_ context.Context, w *world) error { return w.install() }
	return []fault{
		introduction("start-slow"), introduction("start-protocol"), introduction("start-noise"), introduction("start-exit"), introduction("start-panic"),
		{
			name: "corrupt-binary", moments: []string{""}, status: notWhole, codes: []string{host.CodeNotAConnector}, undo: install,
			play: broken(func(raw []byte) []byte { return raw[:len(raw)/2] }),
		},
		{
			name: "garbage-binary", moments: []string{""}, status: notWhole, codes: []string{host.CodeNotAConnector}, undo: install,
			play: broken(func([]byte) []byte { return []byte("this is no program\n") }),
		},
		{
			name: "changed-binary", moments: []string{"host.start"}, status: notWhole, codes: []string{host.CodeConnectorChanged}, undo: install,
			inject: func(_ context.Context, w *world, _ *visit) error {
				raw, err := os.ReadFile(w.connector())
				if err != nil {
					return err
				}
				return w.replaceConnector(append(raw, 0))
			},
		},
		{
			name: "missing-binary", moments: []string{"host.start"}, status: notWhole, codes: []string{host.CodeConnectorGone}, undo: install,
			inject: func(_ context.Context, w *world, _ *visit) error { return os.Remove(w.connector()) },
		},
	}
}

// broken plays a run with another file in the connector's place.
func broken(spoil func([]byte) []byte) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		raw, err := os.ReadFile(w.connector())
		if err != nil {
			return err
		}
		if err := w.replaceConnector(spoil(raw)); err != nil {
			return err
		}
		return w.disturbed(ctx, notWhole, host.CodeNotAConnector)
	}
}

// disturbed plays a run that has to end in one of these ways.
func (w *world) disturbed(ctx context.Context, status []host.RunStatus, codes ...string) error {
	p, err := w.sync(ctx)
	if err != nil {
		return err
	}
	(&story{world: w, fault: fault{status: status, codes: codes}}).expect(p)
	return nil
}
