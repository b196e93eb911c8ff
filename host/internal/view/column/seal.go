package column

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrDamaged is the error of a file that does not hold what was written.
var ErrDamaged = errors.New("the file is damaged")

// Seal is what the keys of files are derived from.
type Seal struct {
	Key     []byte // the store's
	Purpose string // keeps the files of one stream from being taken for another's
}

// Encrypt returns a file of a single chunk.
func (s Seal) Encrypt(plain []byte) ([]byte, error) {
	sealer, err := newSealer(s, nil)
	if err != nil {
		return nil, err
	}
	return sealer.aead.Seal(sealer.salt, nonce(0), plain, nil), nil
}

// Decrypt returns the chunk of a file that Encrypt made.
func (s Seal) Decrypt(file []byte) ([]byte, error) {
	if len(file) < saltBytes {
		return nil, ErrDamaged
	}
	sealer, err := newSealer(s, file[:saltBytes])
	if err != nil {
		return nil, err
	}
	return sealer.open(0, file[saltBytes:])
}

const saltBytes = 32

type sealer struct {
	aead cipher.AEAD
	salt []byte
}

// newSealer returns the sealer of the file with this salt; nil makes a new one.
func newSealer(s Seal, salt []byte) (*sealer, error) {
	if salt == nil {
		salt = make([]byte, saltBytes)
		if _, err := rand.Read(salt); err != nil {
			return nil, fmt.Errorf("make salt: %w", err)
		}
	}
	fileKey, err := hkdf.Key(sha256.New, s.Key, salt, "plumbline projection 1\x00"+s.Purpose, 32) // the name is part of the format
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	block, err := aes.NewCipher(fileKey)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return &sealer{aead: aead, salt: salt}, nil
}

func nonce(number uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, 12), number)
}

// seal encrypts plain, in its own memory, as the chunk with this number.
func (s *sealer) seal(number uint64, plain []byte) []byte {
	return s.aead.Seal(plain[:0], nonce(number), plain, nil)
}

// open decrypts a chunk in its own memory.
func (s *sealer) open(number uint64, sealed []byte) ([]byte, error) {
	plain, err := s.aead.Open(sealed[:0], nonce(number), sealed, nil)
	if err != nil {
		return nil, ErrDamaged
	}
	return plain, nil
}
