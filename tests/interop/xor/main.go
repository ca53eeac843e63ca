// Reads chunks from its input, each behind its length, its CRC-32C and its encoding, with Prometheus' own decoder, and prints
// the time and the bits of the value of every sample; of a histogram its hint, its schema and the bits of its numbers.
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

	"github.com/prometheus/prometheus/model/histogram"
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
		encoding := chunkenc.Encoding(data[8])
		raw := data[9 : 9+size]
		data = data[9+size:]
		if crc32.Checksum(raw, table) != sum {
			log.Fatal("a checksum is wrong")
		}
		chunk, err := chunkenc.FromData(encoding, raw)
		if err != nil {
			log.Fatal(err)
		}
		samples := chunk.Iterator(nil)
		for kind := samples.Next(); kind != chunkenc.ValNone; kind = samples.Next() {
			if kind == chunkenc.ValFloat {
				time, value := samples.At()
				fmt.Fprintln(out, time, math.Float64bits(value))
				continue
			}
			time, h := samples.AtFloatHistogram(nil)
			numbers := []float64{h.Count, h.ZeroCount, h.Sum, h.ZeroThreshold}
			fmt.Fprint(out, time, " ", h.CounterResetHint, " ", h.Schema)
			for _, number := range append(numbers, h.CustomValues...) {
				fmt.Fprint(out, " ", math.Float64bits(number))
			}
			side(out, "+", h.PositiveSpans, h.PositiveBuckets)
			side(out, "-", h.NegativeSpans, h.NegativeBuckets)
			fmt.Fprintln(out)
		}
		if samples.Err() != nil {
			log.Fatal(samples.Err())
		}
	}
}

// The index and the bits of every bucket that holds something.
func side(out *bufio.Writer, sign string, spans []histogram.Span, counts []float64) {
	index, at := int32(0), 0
	for _, span := range spans {
		index += span.Offset
		for range span.Length {
			if counts[at] != 0 {
				fmt.Fprintf(out, " %s%d:%d", sign, index, math.Float64bits(counts[at]))
			}
			index++
			at++
		}
	}
}
