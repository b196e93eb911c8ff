package access

import (
	"context"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/owned"
)

// peerKey holds the user at the other end of a connection.
type peerKey struct{}

// withPeer adds the user at the other end of a connection, where the system says.
func withPeer(ctx context.Context, conn net.Conn) context.Context {
	if who, known, err := peer(conn); err == nil && known {
		return context.WithValue(ctx, peerKey{}, who.uid)
	}
	return ctx
}

// FromSocket names the actor of a request that came over the socket, or from this
// process: the user at the other end, else the actor that the caller put into the
// context, else the user of this process.
func FromSocket(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), socketKey{}, true)
		if uid, known := ctx.Value(peerKey{}).(int); known {
			ctx = host.WithActor(ctx, owned.Person(uid, host.AuthSocket))
		} else if _, named := host.ActorFrom(ctx); !named {
			ctx = host.WithActor(ctx, owned.Person(os.Geteuid(), host.AuthSocket))
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// FromWindow names the actor of a request of the window: the user of this process.
func FromWindow(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(pageWriter{w}, r.WithContext(host.WithActor(r.Context(), owned.Person(os.Geteuid(), host.AuthLocal))))
	})
}

// pageWriter writes to a page of the window, which may be gone before it has the whole
// answer. That is no error: the framework panics with one, and what calls it in a window
// recovers from no panic, as net/http does.
type pageWriter struct{ http.ResponseWriter }

func (w pageWriter) Write(part []byte) (int, error) {
	_, _ = w.ResponseWriter.Write(part)
	return len(part), nil
}

// Unwrap serves http.ResponseController.
func (w pageWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// browserOf returns the actor of a browser whose link was made by actor.
func browserOf(maker host.Actor) host.Actor {
	return host.Actor{Kind: host.ActorPerson, ID: maker.ID, Name: maker.Name, Auth: host.AuthLink}
}

// encodeActor writes the person of a session into its cookie, decodeActor reads it.
func encodeActor(a host.Actor) string { return a.ID + "\x00" + a.Name }

func decodeActor(text string) host.Actor {
	id, name, _ := strings.Cut(text, "\x00")
	return host.Actor{Kind: host.ActorPerson, ID: id, Name: name, Auth: host.AuthLink}
}
