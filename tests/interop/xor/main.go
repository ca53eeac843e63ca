// Reads XOR chunks from its input, each behind its length and its CRC-32C, with Prometheus' own decoder, and prints the
// time and the bits of the value of every sample.
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"log"
	"math"
	"os"

	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

func main() {
	data, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	table := crc32.MakeTable(crc32.Castagnoli)
	for len(data) > 0 {
		size, sum := binary.BigEndian.Uint32(data), binary.BigEndian.Uint32(data[4:])
		raw := data[8 : 8+size]
		data = data[8+size:]
		if crc32.Checksum(raw, table) != sum {
			log.Fatal("a checksum is wrong")
		}
		chunk, err := chunkenc.FromData(chunkenc.EncXOR, raw)
		if err != nil {
			log.Fatal(err)
		}
		samples := chunk.Iterator(nil)
		for samples.Next() != chunkenc.ValNone {
			time, value := samples.At()
			fmt.Fprintln(out, time, math.Float64bits(value))
		}
		if samples.Err() != nil {
			log.Fatal(samples.Err())
		}
	}
}
