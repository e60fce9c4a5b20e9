type Look = () => Date | undefined;

/**
 * Remembers what each owner was looked at with. The same objects again mean the same outcome, so the look is skipped until
 * the moment at which it wanted to be repeated. Objects of the store never change in place: identity is enough.
 */
export const createMemo = () => {
  const seen = new WeakMap<object, { readonly inputs: readonly object[]; readonly wakeAt: Date | undefined }>();
  return (now: Date, owner: object, inputs: readonly object[], look: Look): Date | undefined => {
    const last = seen.get(owner);
    const isSame =
      last?.inputs.length === inputs.length && last.inputs.every((input, index) => input === inputs[index]);
    if (last && isSame && !(last.wakeAt && last.wakeAt <= now)) return last.wakeAt;
    const wakeAt = look();
    seen.set(owner, { inputs, wakeAt });
    return wakeAt;
  };
};
