/** Does it for each, so many side by side; the answers are in the order of the values. */
export async function inTurns<Value, Answer>(
  values: readonly Value[],
  atOnce: number,
  act: (value: Value) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < values.length) {
      const index = next++
      answers[index] = await act(values[index]!)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return answers
}
