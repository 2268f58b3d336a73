import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";
import { Icon } from "../../../components/icons.tsx";

export interface Option<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly why?: string;
}

interface OptionsProps<Value extends string> {
  label: string;
  options: readonly Option<Value>[];
}

interface BoxesProps<Value extends string> extends OptionsProps<Value> {
  type: "radio" | "checkbox";
  isChosen(value: Value): boolean;
  onChange(value: Value, chosen: boolean): void;
}

function Boxes<Value extends string>({ label, options, type, isChosen, onChange }: BoxesProps<Value>) {
  const name = useId();
  return (
    <fieldset class="form-row">
      <legend>{label}</legend>
      <div class="options">
        {options.map(({ value, label: word, why }) => (
          <label key={value} class="option">
            <input
              type={type}
              name={type === "radio" ? name : undefined}
              checked={isChosen(value)}
              onChange={(event) => onChange(value, event.currentTarget.checked)}
            />
            <span>
              {word}
              {why && <span class="hint"> {why}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** One of a few, each with a line on what it means. */
export function Choice<Value extends string>({ chosen, ...props }: OptionsProps<Value> & { chosen: Signal<Value> }) {
  return (
    <Boxes
      {...props}
      type="radio"
      isChosen={(value) => chosen.value === value}
      onChange={(value) => {
        chosen.value = value;
      }}
    />
  );
}

/** Any of a few. */
export function Choices<Value extends string>({
  chosen,
  ...props
}: OptionsProps<Value> & { chosen: Signal<ReadonlySet<Value>> }) {
  return (
    <Boxes
      {...props}
      type="checkbox"
      isChosen={(value) => chosen.value.has(value)}
      onChange={(value, isChosen) => {
        const next = new Set(chosen.value);
        if (isChosen) next.add(value);
        else next.delete(value);
        chosen.value = next;
      }}
    />
  );
}

interface SelectProps<Value extends string> {
  label: string;
  options: readonly Option<Value>[];
  chosen: Value;
  onChoose(value: Value): void;
  hiddenLabel?: boolean;
}

/** One of many. */
export function Select<Value extends string>({ label, options, chosen, onChoose, hiddenLabel }: SelectProps<Value>) {
  const id = useId();
  return (
    <div class="form-row">
      {!hiddenLabel && <label for={id}>{label}</label>}
      <div class="field select">
        <select
          id={id}
          aria-label={hiddenLabel ? label : undefined}
          value={chosen}
          onChange={(event) => onChoose(event.currentTarget.value as Value)}
        >
          {options.map(({ value, label: word }) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </select>
        <Icon name="down" />
      </div>
    </div>
  );
}
