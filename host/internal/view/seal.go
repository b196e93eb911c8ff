package view

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// saltBytes begin every file; from them and the store's key comes the key of the
// file, so a chunk's number is nonce enough and no chunk opens in another file.
const saltBytes = 32

type sealer struct {
	aead cipher.AEAD
	salt []byte
}

// newSealer returns a sealer for a file with this salt; nil makes a new one.
// purpose keeps the files of one stream from being taken for another's.
func newSealer(key, salt []byte, purpose string) (*sealer, error) {
	if salt == nil {
		salt = make([]byte, saltBytes)
		if _, err := rand.Read(salt); err != nil {
			return nil, fmt.Errorf("make salt: %w", err)
		}
	}
	fileKey, err := hkdf.Key(sha256.New, key, salt, "plumbline projection 1\x00"+purpose, 32)
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

// seal encrypts plain as the chunk with this number; its memory is used again.
func (s *sealer) seal(number uint64, plain []byte) []byte {
	return s.aead.Seal(plain[:0], nonce(number), plain, nil)
}

// open decrypts a chunk in its own memory.
func (s *sealer) open(number uint64, sealed []byte) ([]byte, error) {
	plain, err := s.aead.Open(sealed[:0], nonce(number), sealed, nil)
	if err != nil {
		return nil, errDamaged
	}
	return plain, nil
}
