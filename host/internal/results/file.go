package results

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Errors of reading a sheet.
var (
	ErrDamaged = errors.New("a file of results is damaged")
	ErrGone    = errors.New("a file of results is gone")
)

const (
	saltBytes  = 32
	blockBytes = 64 << 10 // of rows, after which a block is full
	mostBytes  = 8 << 20  // of a sealed block; more is damage
)

// sealer encrypts the blocks of one file. A block has its number as nonce, and the last block is empty: a file that is cut off or whose
// blocks were moved does not open.
type sealer struct {
	aead   cipher.AEAD
	number uint64
}

func newSealer(key, salt []byte, purpose string) (*sealer, error) {
	own, err := hkdf.Key(sha256.New, key, salt, "plumbline results 1\x00"+purpose, 32) // the name is part of the format
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	block, err := aes.NewCipher(own)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return &sealer{aead: aead}, nil
}

func (s *sealer) nonce() []byte {
	s.number++
	return binary.BigEndian.AppendUint64(make([]byte, 4, 12), s.number)
}

// writer writes blocks.
type writer struct {
	to     io.Writer
	sealer *sealer
	block  []byte
}

func newWriter(to io.Writer, key []byte, purpose string) (*writer, error) {
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return nil, fmt.Errorf("make salt: %w", err)
	}
	s, err := newSealer(key, salt, purpose)
	if err != nil {
		return nil, err
	}
	_, err = to.Write(salt)
	return &writer{to: to, sealer: s}, err
}

func (w *writer) flush() error {
	sealed := w.sealer.aead.Seal(nil, w.sealer.nonce(), w.block, nil)
	w.block = w.block[:0]
	if _, err := w.to.Write(binary.BigEndian.AppendUint32(nil, uint32(len(sealed)))); err != nil {
		return err
	}
	_, err := w.to.Write(sealed)
	return err
}

// end writes what is left, and the empty block.
func (w *writer) end() error {
	if len(w.block) > 0 {
		if err := w.flush(); err != nil {
			return err
		}
	}
	return w.flush()
}

// eachBlock calls fn with the blocks of a file. They are the callee's.
func eachBlock(path string, key []byte, purpose string, fn func([]byte) error) error {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrGone
	case err != nil:
		return fmt.Errorf("open results: %w", err)
	}
	defer f.Close()
	from := bufio.NewReaderSize(f, blockBytes)
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(from, salt); err != nil {
		return damaged(err)
	}
	s, err := newSealer(key, salt, purpose)
	if err != nil {
		return err
	}
	for {
		var length [4]byte
		if _, err := io.ReadFull(from, length[:]); err != nil {
			return damaged(err)
		}
		n := binary.BigEndian.Uint32(length[:])
		if n > mostBytes {
			return ErrDamaged
		}
		sealed := make([]byte, n)
		if _, err := io.ReadFull(from, sealed); err != nil {
			return damaged(err)
		}
		plain, err := s.aead.Open(sealed[:0], s.nonce(), sealed, nil)
		switch {
		case err != nil:
			return damaged(err)
		case len(plain) == 0:
			return nil
		}
		if err := fn(plain); err != nil {
			return err
		}
	}
}

func damaged(err error) error { return fmt.Errorf("%w: %w", ErrDamaged, err) }
