package secret_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

// A session bus that accepts calls and never answers must not hang the agent.
func TestAKeychainThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan string)
		begun := time.Now()
		_, err := secret.Bounded(func() (string, error) { return <-answer, nil })
		if err == nil || time.Since(begun) != secret.KeychainTimeout {
			t.Errorf("after %s: %v", time.Since(begun), err)
		}
		if p := secret.KeychainProblem(err); !strings.Contains(p.Message, "did not answer within 1m0s") || p.Remedy == "" {
			t.Errorf("the problem is %+v", p)
		}
		close(answer)
		broken := errors.New("locked")
		if text, err := secret.Bounded(func() (string, error) { return "key", broken }); text != "key" || !errors.Is(err, broken) {
			t.Errorf("an answer is %q, %v", text, err)
		}
	})
}
